//! Objects on the way, and what decides how far one gets with them.

use std::rc::Rc;

use ahash::AHashMap;

use crate::graph::obtain::Provided;
use crate::graph::{FieldId, FieldSelection, ObjectId, SubgraphId, SubgraphSet};

/// Numbers of contexts, each once.
pub(super) type Contexts = Rc<[usize]>;

/// The contexts that objects on the way set.
#[derive(Clone, Default)]
pub(super) struct Around {
    pub(super) given: Contexts,
    /// Those whose value the nearest object that sets them cannot give.
    pub(super) lost: Contexts,
}

/// What was looked at, by object.
pub(super) type Seen = AHashMap<ObjectId, Vec<Position>>;

/// What decides how far one gets with an object.
pub(super) struct Position {
    pub(super) holders: SubgraphSet,
    pub(super) is_typed: bool,
    pub(super) around: Around,
    /// Provided field sets by subgraph, told apart by their address in the graph.
    pub(super) provided: Vec<(SubgraphId, *const FieldSelection)>,
}

impl Position {
    pub(super) fn of(state: &State<'_>) -> Self {
        Self {
            holders: state.holders,
            is_typed: state.is_typed,
            around: state.around.clone(),
            provided: state.provided.iter().map(|(s, selections)| (*s, selections.as_ptr())).collect(),
        }
    }

    /// More of anything cannot make it worse: whatever can be resolved from here can be from there.
    pub(super) fn covers(&self, state: &State<'_>) -> bool {
        let provides = |(subgraph, set): &(SubgraphId, *const FieldSelection)| {
            state.provided.iter().any(|(other, selections)| other == subgraph && selections.as_ptr() == *set)
        };
        self.holders.is_subset(state.holders)
            && (state.is_typed || !self.is_typed)
            && self.around.given.iter().all(|context| state.around.given.contains(context))
            && state.around.lost.iter().all(|context| self.around.lost.contains(context))
            && self.provided.iter().all(provides)
    }
}

/// An object on the way.
pub(super) struct State<'g> {
    pub(super) object: ObjectId,
    pub(super) holders: SubgraphSet,
    pub(super) is_typed: bool,
    pub(super) provided: Vec<Provided<'g>>,
    pub(super) around: Around,
    /// The state it was reached from and by which field.
    pub(super) from: Option<(usize, FieldId)>,
}

/// The way to a state: each field with the type of the object it is selected on.
pub(super) fn path(states: &[State<'_>], end: usize) -> Vec<(ObjectId, FieldId)> {
    let mut path = Vec::new();
    let mut current = &states[end];
    while let Some((from, field)) = current.from {
        current = &states[from];
        path.push((current.object, field));
    }
    path.reverse();
    path
}
