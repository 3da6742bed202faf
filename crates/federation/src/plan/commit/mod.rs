//! Choices become visits of subgraphs.
//!
//! Shapes are filled from the root down. What a choice picked is placed first; when a pick turns out not to
//! work, every other way is tried: another provider, then reaching the object through its parent in another
//! subgraph (the only way for types without a key). Keys and required fields are placed before the fetch
//! that needs them, which is what gives every fetch its level.

mod collect;
mod context;
mod deferred;
mod enter;
mod merge;
mod objects;
mod place;
mod position;
mod state;

use std::collections::VecDeque;
use std::sync::Arc;

use self::deferred::Postponed;
pub(super) use self::state::{
    Context, ContextSource, Fetch, FetchIndex, FetchKind, Necessity, Output, Read, Representation,
    RepresentationField, Shape, ShapeIndex, Slot, SlotIndex, Visit, VisitIndex,
};
use super::choose::{Chooser, ProvidedId};
use super::query_plan::OperationKind;
use super::tree::PositionId;
use super::{PlanError, PlanOptions};
use crate::graph::{FieldId, ObjectId, SubgraphId, SubgraphSet, TypeId, TypeSet};
use crate::operation::{Groups, NormalOperation};

/// The most ways that may lead nowhere in a row. Where every way needs another that fails, there are more of them
/// than can be tried.
const MAX_FAILURES: usize = 2_000;

/// How many wrong ways each further field of a type may take. Ordinary plans take hardly any.
const FAILURES_PER_FIELD: usize = 16;

/// How deep what is looked for may need something else that is looked for.
const MAX_PURSUITS: usize = 64;

/// How often a field may be looked for in a subgraph on behalf of itself, each time of other objects: those that
/// a key or a requirement leads to. More often it leads from object to object without end.
const MAX_ALIKE: usize = 2;

/// The index of the root shape.
pub(super) const ROOT: ShapeIndex = 0;

/// Everything a plan consists of, before it is written out.
pub(super) struct Committed<'g> {
    pub(super) chooser: Chooser<'g>,
    pub(super) shapes: Vec<Shape>,
    pub(super) visits: Vec<Visit>,
    pub(super) fetches: Vec<Fetch>,
    kind: OperationKind,
    /// Shapes to fill, with what the client asks of them.
    work: VecDeque<(ShapeIndex, PositionId)>,
    /// What is left for later.
    postponed: Vec<Postponed>,
    /// The deferred fragments that are being placed.
    groups: Groups,
    /// By deferred fragment, the one it stands in.
    enclosing: Vec<Option<usize>>,
    /// What is being looked for, so that nothing is looked for on its own behalf.
    pursued: Vec<Pursuit>,
    max_shapes: usize,
    /// Why nothing more is looked for.
    stopped: Option<PlanError>,
    failures_left: usize,
}

/// What a field is placed for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// The client.
    Serve,
    /// Describing objects by their keys.
    Identify,
    /// Describing what fields need, beyond keys.
    Require,
}

/// Something being looked for.
#[derive(PartialEq, Eq)]
enum Pursuit {
    /// A subgraph's answer of a field at a shape.
    Field(ShapeIndex, SubgraphId, FieldId),
    /// A further holder of the objects of a shape.
    Holder(ShapeIndex, SubgraphId),
}

/// Turns choices into a plan.
pub(super) fn commit<'g>(
    chooser: Chooser<'g>,
    operation: &NormalOperation,
    options: &PlanOptions,
) -> Result<Committed<'g>, PlanError> {
    let root = chooser.tree.positions[0].ty;
    let mut committed = Committed {
        chooser,
        shapes: Vec::new(),
        visits: Vec::new(),
        fetches: Vec::new(),
        kind: operation.kind,
        work: VecDeque::new(),
        postponed: Vec::new(),
        groups: Groups::NONE,
        enclosing: operation.deferred.iter().map(|deferred| deferred.parent).collect(),
        pursued: Vec::new(),
        max_shapes: options.max_shapes,
        stopped: None,
        failures_left: MAX_FAILURES,
    };
    let possible = committed.chooser.graph.possible(root).clone();
    committed.new_shape(root, possible.clone(), possible, None);
    let filled = match operation.kind {
        OperationKind::Query => committed.fill(ROOT, 0),
        OperationKind::Mutation | OperationKind::Subscription => committed.fill_serially(0),
    };
    committed.checked(filled)?;
    committed.drain()?;
    committed.place_postponed()?;
    committed.sink_early();
    Ok(committed)
}

impl Committed<'_> {
    /// Whether something may be looked for besides all that is.
    fn may_pursue(&self, new: &Pursuit) -> bool {
        let alike = |known: &&Pursuit| match (known, new) {
            (Pursuit::Field(_, a, known), Pursuit::Field(_, b, new)) => a == b && known == new,
            (Pursuit::Holder(..), _) | (_, Pursuit::Holder(..)) => false,
        };
        self.stopped.is_none()
            && self.pursued.len() < MAX_PURSUITS
            && !self.pursued.contains(new)
            && self.pursued.iter().filter(alike).count() <= MAX_ALIKE
    }

    fn drain(&mut self) -> Result<(), PlanError> {
        while let Some((shape, position)) = self.work.pop_front() {
            let filled = self.fill(shape, position);
            self.checked(filled)?;
        }
        Ok(())
    }

    /// Allows some more wrong ways for a field of so many types.
    fn allow_failures(&mut self, types: usize) {
        let more = FAILURES_PER_FIELD.saturating_mul(types);
        self.failures_left = self.failures_left.saturating_add(more).min(MAX_FAILURES);
    }

    /// Counts a way that led nowhere.
    fn note_failure(&mut self) {
        match self.failures_left.checked_sub(1) {
            Some(left) => self.failures_left = left,
            None => _ = self.stopped.get_or_insert(PlanError::Exhausted),
        }
    }

    /// What went wrong first: nothing is looked for once there was too much of it.
    fn checked<T>(&mut self, outcome: Result<T, PlanError>) -> Result<T, PlanError> {
        match self.stopped.take() {
            Some(error) => Err(error),
            None => outcome,
        }
    }

    fn new_shape(
        &mut self,
        ty: TypeId,
        possible: TypeSet,
        planned: TypeSet,
        parent: Option<(ShapeIndex, SlotIndex)>,
    ) -> ShapeIndex {
        if self.shapes.len() >= self.max_shapes {
            self.stopped.get_or_insert(PlanError::TooLarge);
        }
        self.shapes.push(Shape {
            ty,
            possible,
            planned,
            parent,
            slots: Vec::new(),
            visits: Vec::new(),
            outputs: Vec::new(),
            starts: Groups::NONE,
            typed_by: None,
        });
        self.shapes.len() - 1
    }

    fn new_slot(&mut self, shape: ShapeIndex, slot: Slot) -> SlotIndex {
        self.shapes[shape].slots.push(slot);
        self.shapes[shape].slots.len() - 1
    }

    /// The subgraphs that hold the objects of a shape without having been entered for them.
    fn holders(&self, shape: ShapeIndex) -> SubgraphSet {
        let visits = &self.shapes[shape].visits;
        visits
            .iter()
            .map(|visit| &self.visits[*visit])
            .filter(|visit| !visit.entity)
            .map(|visit| visit.subgraph)
            .collect()
    }

    /// What holders provide beyond their own fields.
    fn provided(&mut self, shape: ShapeIndex) -> ProvidedId {
        let mut provided = ProvidedId::default();
        for index in 0..self.shapes[shape].visits.len() {
            let more = self.visits[self.shapes[shape].visits[index]].provided;
            provided = self.chooser.provided.union(provided, more);
        }
        provided
    }

    fn field_name(&self, field: FieldId) -> &Arc<str> {
        &self.chooser.graph.field(field).name
    }

    fn is_single(&self, shape: ShapeIndex) -> bool {
        self.shapes[shape].possible.len() == 1
    }

    /// Whether a visit can answer fields of these objects; to describe objects, also values it lost the right
    /// to serve.
    fn answers(&self, visit: VisitIndex, object: ObjectId, field: FieldId, aim: Aim) -> bool {
        let visit = &self.visits[visit];
        visit.types.contains(object)
            && (self.chooser.is_at_hand(object, field, visit.subgraph, visit.provided)
                || (aim != Aim::Serve && self.is_left_over(object, field, visit.subgraph)))
    }

    /// Whether a subgraph still has a value that it lost to another by `@override`.
    fn is_left_over(&self, object: ObjectId, field: FieldId, subgraph: SubgraphId) -> bool {
        let graph = self.chooser.graph;
        let own = graph.concrete_field(object, field).unwrap_or(field);
        graph
            .field(own)
            .local(subgraph)
            .is_some_and(|local| (local.overridden || local.label.is_some()) && local.requires.is_none())
    }
}
