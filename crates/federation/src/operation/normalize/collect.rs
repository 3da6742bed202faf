//! The fields written for one position, and the object types each applies to.

use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{DirectiveList, Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name, Node};

use super::super::conditions::Conditions;
use super::super::error::{ErrorCode, OperationError};
use super::super::mask::Mask;
use super::deferred::Register;
use crate::graph::{Graph, TypeId, TypeSet};

/// A field as written.
pub(super) struct Occurrence<'a> {
    pub(super) field: &'a Node<Field>,
    /// The type of the selection set it stands in.
    pub(super) written_on: TypeId,
    /// The object types it applies to, never empty.
    pub(super) types: TypeSet,
    /// The deferred fragment it stands in.
    pub(super) group: Option<usize>,
}

/// Where selections come from.
pub(super) struct Source<'a> {
    pub(super) graph: &'a Graph,
    pub(super) document: &'a ExecutableDocument,
    pub(super) conditions: &'a Conditions,
    pub(super) mask: &'a Mask,
    /// The most selections that may be looked at.
    pub(super) budget: usize,
}

/// CollectFields (GraphQL specification 6.3.2) for all object types of a position at once, in document order. Each
/// selection set comes with the deferred fragment it stands in.
/// `None` when the budget is used up.
///
/// # Errors
/// When the document names a type that the graph does not have.
pub(super) fn collect<'a>(
    source: &Source<'a>,
    parent: TypeId,
    written: &[(&'a SelectionSet, Option<usize>)],
    register: &mut Register,
) -> Result<Option<Vec<Occurrence<'a>>>, OperationError> {
    let mut collector = Collector {
        source,
        register,
        group: None,
        visited: HashMap::default(),
        occurrences: Vec::new(),
        looked_at: 0,
    };
    let types = source.graph.possible(parent);
    for (set, group) in written {
        let written_on = collector.type_id(&set.ty)?;
        let types = types.intersection(source.graph.possible(written_on));
        collector.group = *group;
        collector.selection_set(set, written_on, &types)?;
    }
    Ok((collector.looked_at <= source.budget).then_some(collector.occurrences))
}

struct Collector<'a, 's> {
    source: &'s Source<'a>,
    register: &'s mut Register,
    /// The deferred fragment looked into.
    group: Option<usize>,
    /// The types for which a fragment has been visited, by the deferred fragment it was spread in: for each type,
    /// its first spread there counts.
    visited: HashMap<(&'a Name, Option<usize>), TypeSet>,
    occurrences: Vec<Occurrence<'a>>,
    looked_at: usize,
}

impl<'a> Collector<'a, '_> {
    fn selection_set(
        &mut self,
        set: &'a SelectionSet,
        written_on: TypeId,
        types: &TypeSet,
    ) -> Result<(), OperationError> {
        if types.is_empty() {
            return Ok(());
        }
        for selection in &set.selections {
            self.looked_at += 1;
            if self.looked_at > self.source.budget {
                return Ok(());
            }
            if self.excludes(selection.directives()) {
                continue;
            }
            let around = self.group;
            match selection {
                Selection::Field(field) => {
                    let (types, group) = (types.clone(), self.group);
                    self.occurrences.push(Occurrence { field, written_on, types, group });
                }
                Selection::InlineFragment(inline) => match &inline.type_condition {
                    Some(condition) => {
                        let types = self.narrow(condition, types)?;
                        self.start(&inline.directives, &types);
                        self.narrowed(condition, &inline.selection_set, &types)?;
                    }
                    None => {
                        self.start(&inline.directives, types);
                        self.selection_set(&inline.selection_set, written_on, types)?;
                    }
                },
                Selection::FragmentSpread(spread) => {
                    self.spread(&spread.fragment_name, &spread.directives, types)?;
                }
            }
            self.group = around;
        }
        Ok(())
    }

    /// Starts a deferred fragment if these directives say so.
    fn start(&mut self, directives: &DirectiveList, types: &TypeSet) {
        if !directives.is_empty() && !types.is_empty() {
            let decided = (self.source.conditions, self.source.mask);
            self.group = self.register.start(directives, decided, self.group, types);
        }
    }

    fn narrow(&self, condition: &Name, types: &TypeSet) -> Result<TypeSet, OperationError> {
        let condition = self.type_id(condition)?;
        Ok(types.intersection(self.source.graph.possible(condition)))
    }

    fn narrowed(
        &mut self,
        condition: &Name,
        set: &'a SelectionSet,
        types: &TypeSet,
    ) -> Result<(), OperationError> {
        let written_on = self.type_id(condition)?;
        let types = self.narrow(condition, types)?;
        self.selection_set(set, written_on, &types)
    }

    fn spread(
        &mut self,
        name: &'a Name,
        directives: &DirectiveList,
        types: &TypeSet,
    ) -> Result<(), OperationError> {
        let Some(fragment) = self.source.document.fragments.get(name) else { return Ok(()) };
        let types = self.narrow(fragment.type_condition(), types)?;
        self.start(directives, &types);
        let visited = self.visited.entry((name, self.group)).or_default();
        let new = types.difference(visited);
        *visited = visited.union(&new);
        self.narrowed(fragment.type_condition(), &fragment.selection_set, &new)
    }

    fn excludes(&self, directives: &DirectiveList) -> bool {
        !directives.is_empty() && self.source.conditions.excludes(directives, self.source.mask)
    }

    fn type_id(&self, name: &str) -> Result<TypeId, OperationError> {
        self.source.graph.type_id(name).ok_or_else(|| {
            OperationError::new(
                ErrorCode::Internal,
                format!("the graph lacks the type `{name}` of its schema"),
            )
        })
    }
}
