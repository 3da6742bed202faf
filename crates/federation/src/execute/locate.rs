//! From the path of a subgraph's error to places in the client's answer.
//!
//! A subgraph speaks of the keys it was asked for, among them aliases and fields of ours. Keys become the
//! client's; where a field is not shown to clients, the path ends.

use super::problem::{Place, Step};
use super::program::Program;
use super::store::{Slot, Store};
use super::transport::PathSegment;
use crate::graph::Wrapping;
use crate::plan::query_plan::{ReadValue, SelectionId, ShapeId, SlotId};

/// A value the path has led to.
struct Value {
    value: ReadValue,
    wrapping: Wrapping,
    /// What was read, if anything; and where, as long as the value may still be marked.
    slot: Slot,
    at: Holder,
}

/// Where a slot is kept.
#[derive(Clone, Copy)]
enum Holder {
    Row(ShapeId, u32, SlotId),
    Item(u32),
    Nowhere,
}

/// The places a path speaks of, below one row. What is null or missing on the way is noted as explained.
pub(crate) fn locate(
    program: &Program,
    store: &mut Store,
    shape: ShapeId,
    row: u32,
    selection: SelectionId,
    path: &[PathSegment],
) -> Vec<Place> {
    // More than one place when a field is shown under several keys.
    let mut places = vec![Place { shape, row, field: None, rest: Vec::new() }];
    let (mut object, mut at) = (Some((shape, Some(row), selection)), None::<Value>);
    for step in path {
        match (step, object.take(), at.take()) {
            (PathSegment::Key(key), Some((shape, row, selection)), _) => {
                let Some(found) = field(program, store, (shape, row, selection), key) else { break };
                let ty = row.and_then(|row| store.ty(shape, row));
                let keys: Vec<_> =
                    program.shown(shape, found.1, ty).map(|(_, field)| field.key.clone()).collect();
                mark(store, &found.0);
                for place in places.iter_mut().filter(|place| place.rest.is_empty()) {
                    place.field = Some(found.1);
                }
                if keys.is_empty() {
                    break;
                }
                places = spread(&places, &keys);
                at = Some(found.0);
            }
            (PathSegment::Index(index), None, Some(value)) if value.wrapping.is_list() => {
                let index = u32::try_from(*index).unwrap_or(u32::MAX);
                let inner = item(store, &value, index);
                mark(store, &inner);
                for place in &mut places {
                    place.rest.push(Step::Index(index));
                }
                at = Some(inner);
            }
            _ => break,
        }
        if let Some(Value { value: ReadValue::Object(child), wrapping, slot, .. }) = at
            && !wrapping.is_list()
        {
            let shape = program.selections[child.index()].shape;
            let row = match slot {
                Slot::Row(row) => {
                    // From here on the row tells where it is, wherever it is shared.
                    places = vec![Place { shape, row, field: None, rest: Vec::new() }];
                    Some(row)
                }
                _ => None,
            };
            object = Some((shape, row, child));
            at = None;
        }
    }
    places
}

fn field(
    program: &Program,
    store: &Store,
    (shape, row, selection): (ShapeId, Option<u32>, SelectionId),
    key: &str,
) -> Option<(Value, SlotId)> {
    let selection = &program.selections[selection.index()];
    let ty = row.and_then(|row| store.ty(shape, row));
    let index = match (selection.field(key.as_bytes(), ty), row) {
        (None, None) => selection.fields.iter().position(|field| field.key() == key.as_bytes()),
        (found, _) => found,
    };
    let field = &selection.fields[index?];
    if field.value == ReadValue::Typename {
        return None;
    }
    let slot = row.map_or(Slot::Absent, |row| store.slot(shape, row, field.slot));
    let at = row.map_or(Holder::Nowhere, |row| Holder::Row(shape, row, field.slot));
    Some((Value { value: field.value, wrapping: field.wrapping, slot, at }, field.slot))
}

fn item(store: &Store, list: &Value, index: u32) -> Value {
    let (slot, at) = match list.slot {
        Slot::List { start, len } if index < len => (store.item(start + index), Holder::Item(start + index)),
        _ => (Slot::Absent, Holder::Nowhere),
    };
    Value { value: list.value, wrapping: list.wrapping.item(), slot, at }
}

/// Notes that an error explains why there is no value.
fn mark(store: &mut Store, value: &Value) {
    if matches!(value.slot, Slot::Absent | Slot::Null) {
        match value.at {
            Holder::Row(shape, row, slot) => store.set(shape, row, slot, Slot::Failed),
            Holder::Item(index) => store.set_item(index, Slot::Failed),
            Holder::Nowhere => {}
        }
    }
}

fn spread(places: &[Place], keys: &[Box<str>]) -> Vec<Place> {
    let mut spread = Vec::with_capacity(places.len() * keys.len());
    for place in places {
        for key in keys {
            let mut place = place.clone();
            place.rest.push(Step::Key(key.clone()));
            spread.push(place);
        }
    }
    spread
}
