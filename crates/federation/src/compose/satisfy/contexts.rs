//! Which objects set which contexts.

use std::rc::Rc;

use ahash::AHashMap;

use crate::compose::merge::model::Supergraph;
use crate::graph::{Graph, ObjectId, OperationKind};

/// Contexts by number, and the objects that set them.
#[derive(Debug, Default)]
pub(super) struct Setters {
    names: Vec<String>,
    by_object: AHashMap<ObjectId, Vec<usize>>,
}

impl Setters {
    /// The roots of mutations and subscriptions set none. An abstract type that sets a context sets it for all its objects.
    pub(super) fn read(supergraph: &Supergraph, graph: &Graph) -> Self {
        let mut setters = Self::default();
        for ty in supergraph.types.values() {
            let Some(id) = graph.type_id(&ty.name) else { continue };
            // A value would have to be asked of the root as a field of its own: one more mutation, or a second event.
            if graph.root_kind(id).is_some_and(|kind| kind != OperationKind::Query) {
                continue;
            }
            for context in &ty.metadata.contexts {
                let number = setters.number(context).unwrap_or_else(|| {
                    setters.names.push(context.clone());
                    setters.names.len() - 1
                });
                for object in graph.possible(id).iter() {
                    setters.by_object.entry(object).or_default().push(number);
                }
            }
        }
        setters
    }

    pub(super) fn number(&self, context: &str) -> Option<usize> {
        self.names.iter().position(|name| name == context)
    }

    /// The contexts set once an object has been entered.
    pub(super) fn with_contexts_of(&self, contexts: &Rc<[usize]>, object: ObjectId) -> Rc<[usize]> {
        let Some(own) = self.by_object.get(&object) else { return contexts.clone() };
        if own.iter().all(|context| contexts.contains(context)) {
            return contexts.clone();
        }
        let mut all: Vec<usize> = contexts.iter().chain(own).copied().collect();
        all.sort_unstable();
        all.dedup();
        all.into()
    }
}
