//! What the client misses because of a fetch: the fields that are null since it failed.
//!
//! A request that failed is one error, however many fields it was to bring, and like every field error it has the path
//! of a field that is null because of it (GraphQL specification, section 7.1.6): the first in response order. Where a
//! fetch brings only what clients do not see, that is a field of a fetch that could not be made without it.

use std::collections::HashSet;

use ahash::RandomState;

use crate::execute::problem::Step;
use crate::execute::program::{Program, applies};
use crate::execute::store::{Slot, Store};
use crate::plan::query_plan::{
    FetchId, FetchInput, OutputField, OutputSource, ReadValue, SelectionId, ShapeId, SlotId, TypenameSource,
};

/// The fields that a fetch and those that need it bring.
pub(super) struct Blanks<'a> {
    program: &'a Program,
    store: &'a Store,
    slots: HashSet<(ShapeId, SlotId), RandomState>,
    /// Objects that a fetch tells the type of.
    names: HashSet<ShapeId, RandomState>,
    /// Whether also those count that are null for no other reason: they were computed without what is missing.
    further: bool,
    /// The shapes above all these, and their own.
    around: HashSet<ShapeId, RandomState>,
}

impl<'a> Blanks<'a> {
    /// What a fetch brings; `further` adds what those that need it bring.
    pub(super) fn of(program: &'a Program, store: &'a Store, fetch: FetchId, further: bool) -> Self {
        let mut blanks = Self {
            program,
            store,
            slots: HashSet::default(),
            names: HashSet::default(),
            further,
            around: HashSet::default(),
        };
        let mut known = HashSet::<FetchId, RandomState>::from_iter([fetch]);
        let mut open = vec![fetch];
        while let Some(fetch) = open.pop() {
            for selection in selections(program, fetch) {
                blanks.note(selection);
            }
            if further {
                open.extend(program.dependents[fetch.index()].iter().filter(|next| known.insert(**next)));
            }
        }
        let written: Vec<ShapeId> = blanks.slots.iter().map(|(shape, _)| *shape).collect();
        for shape in written.into_iter().chain(blanks.names.clone()) {
            let mut above = Some(shape);
            while let Some(shape) = above
                && blanks.around.insert(shape)
            {
                above = program.parents[shape.index()].map(|(parent, _)| parent);
            }
        }
        blanks
    }

    fn note(&mut self, selection: SelectionId) {
        let selection = &self.program.selections[selection.index()];
        if selection.typename == TypenameSource::Field {
            self.names.insert(selection.shape);
        }
        for field in selection.fields.iter().filter(|field| field.value != ReadValue::Typename) {
            self.slots.insert((selection.shape, field.slot));
            if let ReadValue::Object(child) = field.value {
                self.note(child);
            }
        }
    }

    /// Visits, in response order, the fields below a row that have no value for a reason that is among the errors,
    /// each with its path, until `visit` has seen enough.
    pub(super) fn below(&self, (shape, row): (ShapeId, u32), path: Vec<Step>, visit: &mut Visit<'_>) -> bool {
        self.row(shape, row, &mut Visiting { path, visit })
    }

    fn row(&self, shape: ShapeId, row: u32, visiting: &mut Visiting<'_, '_>) -> bool {
        let ty = self.store.ty(shape, row);
        let output = &self.program.plan.shapes[shape.index()].output;
        let untyped = ty.is_none() && self.names.contains(&shape);
        let found = output.iter().filter(|field| applies(&field.types, ty)).any(|field| {
            visiting.path.push(Step::Key(field.key.clone()));
            let enough = match field.source {
                OutputSource::Slot(slot) => {
                    let brought = self.slots.contains(&(shape, slot)).then_some(field);
                    let child = self.program.child(shape, slot).filter(|child| self.around.contains(child));
                    let value = self.store.slot(shape, row, slot);
                    (brought.is_some() || child.is_some()) && self.value(value, (child, brought), visiting)
                }
                OutputSource::Typename => untyped && (visiting.visit)(field, &visiting.path),
                OutputSource::Denied | OutputSource::Introspection(_) => false,
            };
            visiting.path.pop();
            enough
        });
        // Without the type, nobody knows which of the others the object has.
        let by_type = output.iter().find(|field| untyped && field.types.is_some());
        found || by_type.is_some_and(|field| (visiting.visit)(field, &visiting.path))
    }

    /// A value of a field, which is given if the fetch brings it.
    fn value(
        &self,
        value: Slot,
        (child, brought): (Option<ShapeId>, Option<&OutputField>),
        visiting: &mut Visiting<'_, '_>,
    ) -> bool {
        match value {
            Slot::Failed => brought.is_some_and(|field| (visiting.visit)(field, &visiting.path)),
            Slot::Null | Slot::Absent if self.further => {
                brought.is_some_and(|field| (visiting.visit)(field, &visiting.path))
            }
            Slot::Row(row) => child.is_some_and(|child| self.row(child, row, visiting)),
            Slot::List { start, len } => (0..len).any(|index| {
                visiting.path.push(Step::Index(index));
                let enough = self.value(self.store.item(start + index), (child, brought), visiting);
                visiting.path.pop();
                enough
            }),
            _ => false,
        }
    }
}

/// Told of a field and its path; whether that is enough.
pub(super) type Visit<'v> = dyn FnMut(&OutputField, &[Step]) -> bool + 'v;

struct Visiting<'a, 'v> {
    path: Vec<Step>,
    visit: &'a mut Visit<'v>,
}

/// How the answers to a fetch are read.
fn selections(program: &Program, fetch: FetchId) -> Vec<SelectionId> {
    match &program.plan.fetches[fetch.index()].input {
        FetchInput::Root { selection, .. } => vec![*selection],
        FetchInput::Entities(inputs) => {
            inputs.iter().flat_map(|input| &input.anchors).map(|anchor| anchor.selection).collect()
        }
    }
}
