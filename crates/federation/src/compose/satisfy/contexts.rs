//! Which objects set which contexts.

use ahash::AHashMap;

use crate::graph::{ContextArgument, FieldSetId, Graph, ObjectId, OperationKind, TypeSet};

/// Contexts by number, and the objects that set them.
#[derive(Debug, Default)]
pub(super) struct Setters {
    names: Vec<String>,
    by_object: AHashMap<ObjectId, Vec<Given>>,
}

/// A context that an object sets.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) context: usize,
    /// The values that arguments take from it.
    pub(super) values: Vec<FieldSetId>,
}

impl Setters {
    /// The contexts that arguments take values from. The roots of mutations and subscriptions set none. An abstract type
    /// that sets a context sets it for all its objects that do not set it themselves.
    pub(super) fn read(graph: &Graph) -> Self {
        let mut setters = Self::default();
        let fields = graph.types().iter().flat_map(|ty| ty.fields.values());
        let declared = fields.flat_map(|field| &graph.field(*field).local);
        declared
            .flat_map(|local| &local.context_arguments)
            .for_each(|argument| setters.note(graph, argument));
        setters
    }

    fn note(&mut self, graph: &Graph, argument: &ContextArgument) {
        let context = self.number(&argument.context).unwrap_or_else(|| {
            self.names.push(argument.context.to_string());
            self.names.len() - 1
        });
        let mut known = TypeSet::new();
        for is_abstract in [false, true] {
            for source in argument.sources.iter().filter(|it| graph.ty(it.ty).is_abstract() == is_abstract) {
                // A value would have to be asked of the root as a field of its own: one more mutation, or a second event.
                if graph.root_kind(source.ty).is_some_and(|kind| kind != OperationKind::Query) {
                    continue;
                }
                for object in graph.possible(source.ty).difference(&known).iter() {
                    known.insert(object);
                    self.add(object, context, source.selection);
                }
            }
        }
    }

    fn add(&mut self, object: ObjectId, context: usize, value: FieldSetId) {
        let all = self.by_object.entry(object).or_default();
        match all.iter_mut().find(|given| given.context == context) {
            Some(given) if given.values.contains(&value) => {}
            Some(given) => given.values.push(value),
            None => all.push(Given { context, values: vec![value] }),
        }
    }

    pub(super) fn number(&self, context: &str) -> Option<usize> {
        self.names.iter().position(|name| name == context)
    }

    /// The contexts that an object sets.
    pub(super) fn of(&self, object: ObjectId) -> &[Given] {
        self.by_object.get(&object).map(Vec::as_slice).unwrap_or_default()
    }
}
