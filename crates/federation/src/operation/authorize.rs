//! What a caller may not read, taken out before anything is planned.
//!
//! A denied field is neither fetched nor shown; the answer has null in its place, and an error that says why. What
//! other fields are computed from (keys, `@requires`) is fetched all the same: it is never shown.

use ahash::AHashSet;
use apollo_compiler::ExecutableDocument;
use apollo_compiler::Name;
use apollo_compiler::collections::HashSet;
use apollo_compiler::executable;

use super::normal::{FieldRef, NormalOperation, Selection, SelectionSet};
use super::normalize::used_variables;
use super::parse::{Document, Operation};
use crate::graph::{AccessId, FieldId, Graph, TypeId, TypeSet};

/// The rules that can matter to an operation, ascending and each once. Whoever meets them all may read all of it.
pub fn access_rules(graph: &Graph, document: &Document, operation: &Operation) -> Vec<AccessId> {
    if graph.access_rules().is_empty() {
        return Vec::new();
    }
    let mut collector = Collector {
        graph,
        document: document.executable(),
        fragments: HashSet::default(),
        fields: AHashSet::new(),
        rules: AHashSet::new(),
    };
    collector.selection_set(&operation.definition.selection_set);
    let mut rules: Vec<AccessId> = collector.rules.into_iter().collect();
    rules.sort_unstable();
    rules
}

struct Collector<'a> {
    graph: &'a Graph,
    document: &'a ExecutableDocument,
    fragments: HashSet<&'a Name>,
    /// Fields looked at.
    fields: AHashSet<FieldId>,
    rules: AHashSet<AccessId>,
}

impl<'a> Collector<'a> {
    /// Recursion is bounded by the limits of documents.
    fn selection_set(&mut self, set: &'a executable::SelectionSet) {
        let parent = self.graph.type_id(&set.ty);
        for selection in &set.selections {
            match selection {
                executable::Selection::Field(field) => {
                    self.field(parent, &field.name);
                    if let Some(set) = &field.selection_set {
                        self.selection_set(set);
                    }
                }
                executable::Selection::InlineFragment(inline) => self.selection_set(&inline.selection_set),
                executable::Selection::FragmentSpread(spread) => {
                    if self.fragments.insert(&spread.fragment_name)
                        && let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                    {
                        self.selection_set(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn field(&mut self, parent: Option<TypeId>, name: &str) {
        let field = parent.and_then(|parent| self.graph.field_id(parent, name));
        if let Some(field) = field.filter(|field| self.fields.insert(*field)) {
            for object in self.graph.possible(self.graph.field(field).parent).iter() {
                self.rules.extend(self.graph.access_of(object, field));
            }
        }
    }
}

/// Replaces every field that a rule not granted protects by one that is denied. Where only some of a position's
/// types are protected, the field stays for the others.
pub fn authorize(graph: &Graph, operation: &mut NormalOperation, granted: &dyn Fn(AccessId) -> bool) {
    if graph.access_rules().is_empty() {
        return;
    }
    let authorizer = Authorizer { graph, granted };
    if authorizer.selection_set(&mut operation.root) {
        let used = used_variables(&operation.directives, &operation.root);
        operation.variables.retain(|variable| used.contains(&*variable.name));
    }
}

struct Authorizer<'a> {
    graph: &'a Graph,
    granted: &'a dyn Fn(AccessId) -> bool,
}

impl Authorizer<'_> {
    /// Whether something was denied.
    fn selection_set(&self, set: &mut SelectionSet) -> bool {
        let mut changed = false;
        let mut kept = Vec::with_capacity(set.selections.len());
        for mut selection in std::mem::take(&mut set.selections) {
            let FieldRef::Field(field) = selection.field else {
                kept.push(selection);
                continue;
            };
            let denied = self.denied(&selection.types, field);
            changed |= !denied.is_empty();
            let allowed = selection.types.difference(&denied);
            let rest = (!denied.is_empty()).then(|| Selection {
                key: selection.key.clone(),
                field: FieldRef::Denied(field),
                types: denied,
                arguments: Vec::new(),
                directives: Vec::new(),
                groups: selection.groups,
                selection_set: None,
            });
            if !allowed.is_empty() {
                changed |= selection.selection_set.as_mut().is_some_and(|below| self.selection_set(below));
                selection.types = allowed;
                kept.push(selection);
            }
            kept.extend(rest);
        }
        set.selections = kept;
        changed
    }

    fn denied(&self, types: &TypeSet, field: FieldId) -> TypeSet {
        let is_denied = |object| self.graph.access_of(object, field).any(|rule| !(self.granted)(rule));
        types.iter().filter(|object| is_denied(*object)).collect()
    }
}
