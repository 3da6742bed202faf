//! Objects that rows must not share although an answer brought them once for all of these.
//!
//! What an argument takes from an enclosing object (`@fromContext`) differs by where an object stands. Two rows of one
//! entity are looked up once, and what hangs below would be one object that stands at both places; where an argument of
//! such an object depends on what is above these rows, each row gets an object of its own.

use super::program::Program;
use super::store::{Full, Slot, Store};
use crate::plan::QueryPlan;
use crate::plan::query_plan::{FetchInput, ShapeId, SlotId, SlotKind};

/// For each shape, whether its objects are kept apart: those between an object that gives a value and one that takes
/// it. The former's own fields are not: equal entities give equal values.
pub(super) fn apart(plan: &QueryPlan, parents: &[Option<(ShapeId, SlotId)>]) -> Vec<bool> {
    let mut apart = vec![false; plan.shapes.len()];
    for fetch in &plan.fetches {
        let FetchInput::Entities(inputs) = &fetch.input else { continue };
        for anchor in inputs.iter().flat_map(|input| &input.anchors) {
            for source in anchor.contexts.iter().flatten() {
                let mut shape = anchor.shape;
                while let Some((parent, _)) = parents[shape.index()].filter(|_| shape != source.shape) {
                    apart[shape.index()] |= parent != source.shape;
                    shape = parent;
                }
            }
        }
    }
    apart
}

/// What a row gets for the value in a slot of another row: the value, with objects of its own where these are kept
/// apart.
pub(super) fn detached(
    program: &Program,
    store: &mut Store,
    shape: ShapeId,
    value: Slot,
) -> Result<Slot, Full> {
    if !program.apart[shape.index()] {
        return Ok(value);
    }
    match value {
        Slot::Row(row) => {
            let own = store.add_row(shape, store.ty(shape, row))?;
            for (index, kind) in program.plan.shapes[shape.index()].slots.iter().enumerate() {
                let slot = SlotId(index as u32);
                let mut value = store.slot(shape, row, slot);
                if let SlotKind::Object(child) = *kind {
                    value = detached(program, store, child, value)?;
                }
                store.set(shape, own, slot, value);
            }
            Ok(Slot::Row(own))
        }
        Slot::List { start, len } => {
            let items = (start..start + len).map(|index| {
                let item = store.item(index);
                detached(program, store, shape, item)
            });
            let items = items.collect::<Result<Vec<_>, _>>()?;
            store.add_list(&items)
        }
        value => Ok(value),
    }
}
