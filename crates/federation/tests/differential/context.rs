//! Arguments whose values come from enclosing objects.

use std::collections::BTreeSet;

use super::model::{Model, Ref, Subgraph};

/// An argument, of the same name as the context, whose value comes from the nearest enclosing object that sets it, and
/// from the object itself where there is none.
#[derive(Clone, Debug)]
pub(super) struct FromContext {
    /// Who declares it.
    pub(super) subgraph: Subgraph,
    /// The name of the context, and of the field of each object that gives the value.
    pub(super) name: String,
    pub(super) ty: Ref,
    /// The types that set it.
    pub(super) setters: BTreeSet<String>,
}

impl Model {
    /// The field that gives an object's value for a context, if its type sets it.
    pub(super) fn sets<'c>(&self, object: &str, context: &'c FromContext) -> Option<&'c str> {
        let sets = |setter: &String| {
            self.is_declared(setter, context.subgraph) && self.possible(setter).contains(&object)
        };
        context.setters.iter().any(sets).then_some(context.name.as_str())
    }

    /// The contexts that a type sets in a subgraph.
    pub(super) fn contexts(&self, ty: &str, subgraph: Subgraph) -> impl Iterator<Item = &str> {
        let fields = self.types.values().flat_map(|ty| ty.fields.values());
        let contexts = fields.filter_map(|field| field.context.as_ref());
        let set =
            contexts.filter(move |context| context.subgraph == subgraph && context.setters.contains(ty));
        set.map(|context| context.name.as_str())
    }
}
