//! Which values of an answer can be kept whole, because their bytes would come out as they came in.
//!
//! That is so for objects that one selection alone fills, of whom nobody needs a row (no fetch hangs on them,
//! no representation takes from them), whose type clients may see whichever it is, and of whom clients see
//! exactly what was asked for, under the same keys, in the same order. Whether an answer keeps to the plan is
//! checked when it is read.

use crate::graph::Wrapping;
use crate::plan::QueryPlan;
use crate::plan::query_plan::{
    FetchInput, OutputSource, ReadField, ReadValue, RepresentationField, Selection, SelectionId, ShapeId,
    SlotKind, TypenameSource,
};

/// What can be kept whole in the answers to a plan.
pub(super) struct Whole {
    /// Beside the plan's selections: whether the objects can.
    selections: Vec<bool>,
    /// For each slot of each shape, the type that clients were promised; `None` when they do not see it, or
    /// see it as more than one type.
    promised: Vec<Vec<Option<Wrapping>>>,
}

impl Whole {
    pub(super) fn of(plan: &QueryPlan) -> Self {
        let (needed, mixed) = (needed(plan), mixed(plan));
        let mut readers = vec![0u32; plan.shapes.len()];
        let mut referred = vec![0u32; plan.selections.len()];
        for selection in &plan.selections {
            readers[selection.shape.index()] += 1;
            for field in &selection.fields {
                if let ReadValue::Object(child) = field.value {
                    referred[child.index()] += 1;
                }
            }
        }
        let alone = |(index, selection): (usize, &Selection)| {
            let shape = selection.shape.index();
            !needed[shape]
                && !mixed[shape]
                && plan.shapes[shape].hidden.is_empty()
                && readers[shape] == 1
                && referred[index] == 1
                && shows_what_it_reads(plan, selection)
        };
        let mut selections: Vec<bool> = plan.selections.iter().enumerate().map(alone).collect();
        // What holds something that has to be taken apart has to be taken apart itself.
        loop {
            let before = selections.clone();
            for (index, selection) in plan.selections.iter().enumerate().rev() {
                selections[index] &= selection.fields.iter().all(|field| match field.value {
                    ReadValue::Object(SelectionId(child)) => selections[child as usize],
                    ReadValue::Leaf(_) | ReadValue::Typename => true,
                });
            }
            if selections == before {
                break;
            }
        }
        let promised = (0..plan.shapes.len()).map(|shape| promised(plan, shape)).collect();
        Self { selections, promised }
    }

    /// The type to hold a field's value against when it is to be kept whole; `None` when it cannot be.
    pub(super) fn field(&self, shape: ShapeId, field: &ReadField) -> Option<Wrapping> {
        let possible = match field.value {
            ReadValue::Object(child) => self.selections[child.index()],
            ReadValue::Leaf(_) => true,
            ReadValue::Typename => false,
        };
        possible.then(|| self.promised[shape.index()][field.slot.index()]).flatten()
    }
}

/// For each shape, whether its rows are needed.
fn needed(plan: &QueryPlan) -> Vec<bool> {
    fn taken_from(plan: &QueryPlan, needed: &mut [bool], shape: ShapeId, fields: &[RepresentationField]) {
        needed[shape.index()] = true;
        for field in fields {
            if let SlotKind::Object(child) = plan.shapes[shape.index()].slots[field.slot.index()] {
                taken_from(plan, needed, child, &field.fields);
            }
        }
    }
    let mut needed = vec![false; plan.shapes.len()];
    for fetch in &plan.fetches {
        match &fetch.input {
            FetchInput::Root { shape, .. } => needed[shape.index()] = true,
            FetchInput::Entities(inputs) => {
                for anchor in inputs.iter().flat_map(|input| &input.anchors) {
                    needed[anchor.shape.index()] = true;
                    for representation in &anchor.representations {
                        taken_from(plan, &mut needed, anchor.shape, &representation.fields);
                    }
                }
            }
        }
    }
    needed
}

/// For each shape, whether its objects are delivered in parts.
fn mixed(plan: &QueryPlan) -> Vec<bool> {
    let mut mixed = vec![false; plan.shapes.len()];
    if plan.deferred.is_empty() {
        return mixed;
    }
    for shape in &plan.shapes {
        for field in &shape.output {
            if let OutputSource::Slot(slot) = field.source
                && let SlotKind::Object(child) = shape.slots[slot.index()]
            {
                let below = &plan.shapes[child.index()];
                mixed[child.index()] |=
                    !below.starts.is_empty() || below.output.iter().any(|inner| inner.groups != field.groups);
            }
        }
    }
    mixed
}

/// Whether clients see of an object exactly what is read, in the order in which it is answered.
fn shows_what_it_reads(plan: &QueryPlan, selection: &Selection) -> bool {
    let output = &plan.shapes[selection.shape.index()].output;
    let told_in_time = match selection.typename {
        TypenameSource::Static(_) => true,
        TypenameSource::Field => {
            selection.fields.first().is_some_and(|field| field.value == ReadValue::Typename)
        }
        TypenameSource::Unknown => false,
    };
    told_in_time
        && output.len() == selection.fields.len()
        && output.iter().zip(&selection.fields).all(|(output, field)| {
            output.key == field.key
                && output.types == field.types
                && match (output.source, field.value) {
                    (OutputSource::Typename, ReadValue::Typename) => true,
                    (OutputSource::Slot(slot), ReadValue::Leaf(leaf)) => {
                        slot == field.slot && leaf == output.leaf
                    }
                    (OutputSource::Slot(slot), ReadValue::Object(_)) => slot == field.slot,
                    _ => false,
                }
        })
}

fn promised(plan: &QueryPlan, shape: usize) -> Vec<Option<Wrapping>> {
    let shape = &plan.shapes[shape];
    let mut promised: Vec<Option<Wrapping>> = vec![None; shape.slots.len()];
    let mut differ = vec![false; shape.slots.len()];
    for field in &shape.output {
        if let OutputSource::Slot(slot) = field.source {
            let before = promised[slot.index()].replace(field.wrapping);
            differ[slot.index()] |= before.is_some_and(|before| before != field.wrapping);
        }
    }
    promised.iter().zip(differ).map(|(promised, differ)| promised.filter(|_| !differ)).collect()
}
