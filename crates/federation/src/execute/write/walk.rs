//! Where rows are in the answer.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;

use crate::execute::problem::Step;
use crate::execute::program::{Program, applies};
use crate::execute::store::{Slot, Store};
use crate::graph::{ObjectId, TypeSet};
use crate::plan::QueryPlan;
use crate::plan::query_plan::{FetchInput, OutputSource, RepresentationField, ShapeId, SlotId, SlotKind};

/// How clients see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Shown,
    /// Not at all: it serves to look up something, of this row that they see.
    Hidden((ShapeId, u32)),
    /// Not at all: it is asked of objects of other types, and came along.
    Foreign,
}

/// A path to a row; to the innermost that clients see, if they do not see it.
pub(super) struct Found {
    pub(super) path: Vec<Step>,
    pub(super) sight: Sight,
}

type Slots = HashSet<(ShapeId, SlotId), RandomState>;

/// What a walk through the answer has found.
#[derive(Default)]
pub(super) struct Walked {
    /// The paths of rows that were looked for.
    rows: HashMap<(ShapeId, u32), Vec<Found>, RandomState>,
    /// By shape and type, the path of the first row that is not foreign.
    firsts: HashMap<(ShapeId, Option<ObjectId>), Vec<Step>, RandomState>,
    /// The slots that entities are described by.
    described: Slots,
}

impl Walked {
    pub(super) fn of(&self, shape: ShapeId, row: u32) -> &[Found] {
        self.rows.get(&(shape, row)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The path of the first row of some types.
    pub(super) fn first(&self, shape: ShapeId, types: &Option<TypeSet>) -> Option<&[Step]> {
        let fits = |(known, ty): &(ShapeId, Option<ObjectId>)| *known == shape && applies(types, *ty);
        self.firsts.iter().find(|(key, _)| fits(key)).map(|(_, path)| path.as_slice())
    }

    pub(super) fn is_described(&self, shape: ShapeId, slot: SlotId) -> bool {
        self.described.contains(&(shape, slot))
    }
}

/// Looks for rows; more paths than `max` to one are not needed.
pub(super) fn walk(
    program: &Program,
    store: &Store,
    rows: impl Iterator<Item = (ShapeId, u32)>,
    max: usize,
) -> Walked {
    let found = Walked {
        rows: rows.map(|row| (row, Vec::new())).collect(),
        described: described(program),
        ..Walked::default()
    };
    let mut walk = Walk { program, store, found, path: Vec::new(), max };
    walk.row(QueryPlan::ROOT, 0, Sight::Shown);
    walk.found
}

fn described(program: &Program) -> Slots {
    let mut slots = Slots::default();
    for fetch in &program.plan.fetches {
        let FetchInput::Entities(inputs) = &fetch.input else { continue };
        for anchor in inputs.iter().flat_map(|input| &input.anchors) {
            for representation in &anchor.representations {
                note(program, anchor.shape, &representation.fields, &mut slots);
            }
            for source in anchor.contexts.iter().flatten() {
                note(program, source.shape, &source.fields, &mut slots);
            }
        }
    }
    slots
}

fn note(program: &Program, shape: ShapeId, fields: &[RepresentationField], slots: &mut Slots) {
    for field in fields {
        slots.insert((shape, field.slot));
        if let Some(child) = program.child(shape, field.slot) {
            note(program, child, &field.fields, slots);
        }
    }
}

struct Walk<'a> {
    program: &'a Program,
    store: &'a Store,
    found: Walked,
    path: Vec<Step>,
    max: usize,
}

impl Walk<'_> {
    fn row(&mut self, shape: ShapeId, row: u32, sight: Sight) {
        let ty = self.store.ty(shape, row);
        if sight != Sight::Foreign && !self.found.firsts.contains_key(&(shape, ty)) {
            self.found.firsts.insert((shape, ty), self.path.clone());
        }
        if let Some(found) = self.found.rows.get_mut(&(shape, row))
            && found.len() <= self.max
            && !(sight != Sight::Shown && found.iter().any(|found| found.path == self.path))
        {
            found.push(Found { path: self.path.clone(), sight });
        }
        let plan = &self.program.plan.shapes[shape.index()];
        for field in plan.output.iter().filter(|field| applies(&field.types, ty)) {
            if let OutputSource::Slot(slot) = field.source
                && let Some(child) = self.program.child(shape, slot)
            {
                self.step(Step::Key(field.key.clone()), sight);
                self.value(child, self.store.slot(shape, row, slot), sight);
                self.unstep(sight);
            }
        }
        for (index, kind) in plan.slots.iter().enumerate() {
            let slot = SlotId(index as u32);
            if let SlotKind::Object(child) = *kind
                && self.program.shown(shape, slot, ty).next().is_none()
            {
                let below = match sight {
                    Sight::Shown if self.found.is_described(shape, slot) => Sight::Hidden((shape, row)),
                    Sight::Shown => Sight::Foreign,
                    hidden => hidden,
                };
                self.value(child, self.store.slot(shape, row, slot), below);
            }
        }
    }

    fn value(&mut self, shape: ShapeId, value: Slot, sight: Sight) {
        match value {
            Slot::Row(row) => self.row(shape, row, sight),
            Slot::List { start, len } => {
                for index in 0..len {
                    self.step(Step::Index(index), sight);
                    self.value(shape, self.store.item(start + index), sight);
                    self.unstep(sight);
                }
            }
            _ => {}
        }
    }

    /// A path does not go below what clients see.
    fn step(&mut self, step: Step, sight: Sight) {
        if sight == Sight::Shown {
            self.path.push(step);
        }
    }

    fn unstep(&mut self, sight: Sight) {
        if sight == Sight::Shown {
            self.path.pop();
        }
    }
}
