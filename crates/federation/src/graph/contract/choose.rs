//! What is outside of a contract by its own tags and rules of access.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::ast::{DirectiveList, FieldDefinition};
use apollo_compiler::schema::ExtendedType;

use super::{Contract, Outside};
use crate::graph::read::Elements;
use crate::graph::{Access, Graph, GraphError};

pub(super) fn choose(
    graph: &Graph,
    elements: &Elements<'_>,
    contract: &Contract,
    denied: &dyn Fn(&Access) -> bool,
) -> Result<Outside, Vec<GraphError>> {
    let mut chooser =
        Chooser { graph, elements, contract, denied, outside: Outside::default(), used: BTreeSet::new() };
    for (name, ty) in elements.types() {
        chooser.ty(name, ty);
    }
    let wanted = contract.include.union(&contract.exclude);
    let unused: Vec<_> = wanted
        .filter(|tag| !chooser.used.contains(&***tag))
        .map(|tag| GraphError::Contract(format!("nothing has the tag `{tag}`")))
        .collect();
    if unused.is_empty() { Ok(chooser.outside) } else { Err(unused) }
}

struct Chooser<'a> {
    graph: &'a Graph,
    elements: &'a Elements<'a>,
    contract: &'a Contract,
    denied: &'a dyn Fn(&Access) -> bool,
    outside: Outside,
    used: BTreeSet<String>,
}

impl Chooser<'_> {
    /// Whether an element is excluded, and whether it is included.
    fn judge_element(&mut self, directives: &DirectiveList) -> (bool, bool) {
        let (mut excluded, mut included) = (false, false);
        for tag in self.elements.tags(directives) {
            excluded |= self.contract.exclude.contains(&*tag);
            included |= self.contract.include.contains(&*tag);
            self.used.insert(tag);
        }
        (excluded, included)
    }

    fn ty(&mut self, name: &Name, ty: &ExtendedType) {
        let (excluded, included) = self.judge_element(ty.directives());
        if excluded || self.elements.is_hidden(ty.directives()) {
            self.outside.types.insert(name.clone());
        }
        match ty {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    self.field(name, field, definition, included);
                }
            }
            ExtendedType::Interface(interface) => {
                for (field, definition) in &interface.fields {
                    self.field(name, field, definition, included);
                }
            }
            ExtendedType::Enum(enumeration) => {
                for (value, definition) in &enumeration.values {
                    self.member(name, value, &definition.directives);
                }
            }
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    self.member(name, field, &definition.directives);
                }
            }
            ExtendedType::Scalar(_) | ExtendedType::Union(_) => {}
        }
    }

    fn member(&mut self, ty: &Name, member: &Name, directives: &DirectiveList) {
        let (excluded, _) = self.judge_element(directives);
        if excluded || self.elements.is_hidden(directives) {
            self.outside.members.insert((ty.clone(), member.clone()));
        }
    }

    fn field(&mut self, ty: &Name, field: &Name, definition: &FieldDefinition, with_type: bool) {
        let (excluded, included) = self.judge_element(&definition.directives);
        let left_out = !(self.contract.include.is_empty() || with_type || included);
        if excluded
            || left_out
            || self.elements.is_hidden(&definition.directives)
            || self.is_denied(ty, field)
        {
            self.outside.members.insert((ty.clone(), field.clone()));
        }
        for argument in &definition.arguments {
            let (excluded, _) = self.judge_element(&argument.directives);
            if excluded || self.elements.is_hidden(&argument.directives) {
                self.outside.arguments.insert((ty.clone(), field.clone(), argument.name.clone()));
            }
        }
    }

    /// A field of an interface is denied if that of any of its objects is.
    fn is_denied(&self, ty: &Name, field: &Name) -> bool {
        let graph = self.graph;
        let Some(ty) = graph.type_id(ty) else { return false };
        let Some(field) = graph.field_id(ty, field) else { return false };
        let mut rules = graph.possible(ty).iter().flat_map(|object| graph.access_of(object, field));
        rules.any(|rule| (self.denied)(graph.access(rule)))
    }
}
