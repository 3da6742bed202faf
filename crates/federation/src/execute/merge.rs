//! Walks along a selection: copying what was read for one row to another, and marking what was not read.

use super::apart::detached;
use super::program::Program;
use super::store::{Full, Mark, Slot, Store};
use crate::plan::query_plan::{ReadValue, SelectionId, ShapeId, SlotId};

/// Gives a row what was read for another row of the same entity. Nested objects become shared, so that
/// later fetches extend them once, unless the other row already has such an object of its own, or has to have one.
pub(crate) fn copy(
    program: &Program,
    store: &mut Store,
    selection: SelectionId,
    from: u32,
    to: u32,
) -> Result<(), Full> {
    let selection = &program.selections[selection.index()];
    let shape = selection.shape;
    if from == to {
        return Ok(());
    }
    if let (Some(ty), None) = (store.ty(shape, from), store.ty(shape, to)) {
        store.set_type(shape, to, ty);
    }
    for field in &selection.fields {
        if field.value == ReadValue::Typename {
            continue;
        }
        let (source, target) = (store.slot(shape, from, field.slot), store.slot(shape, to, field.slot));
        match field.value {
            ReadValue::Object(child) if !target.is_empty() => {
                copy_nested(program, store, child, source, target)?;
            }
            ReadValue::Object(child) => {
                let own = detached(program, store, program.selections[child.index()].shape, source)?;
                store.fill(shape, to, field.slot, own);
            }
            _ => store.fill(shape, to, field.slot, source),
        }
    }
    Ok(())
}

fn copy_nested(
    program: &Program,
    store: &mut Store,
    selection: SelectionId,
    from: Slot,
    to: Slot,
) -> Result<(), Full> {
    match (from, to) {
        (Slot::Row(from), Slot::Row(to)) => copy(program, store, selection, from, to)?,
        (Slot::List { start: from, len }, Slot::List { start: to, len: same })
            if len == same && from != to =>
        {
            for index in 0..len {
                let (source, target) = (store.item(from + index), store.item(to + index));
                if target.is_empty() {
                    let shape = program.selections[selection.index()].shape;
                    let own = detached(program, store, shape, source)?;
                    store.fill_item(to + index, own);
                } else {
                    copy_nested(program, store, selection, source, target)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Notes for all that a selection should have read into a row, and did not, that an error already tells why.
///
/// With a mark, what was read since is forgotten as well: nothing of a broken answer is kept.
pub(crate) fn fail(
    program: &Program,
    store: &mut Store,
    selection: SelectionId,
    row: u32,
    since: Option<&Mark>,
) {
    let selection = &program.selections[selection.index()];
    for field in &selection.fields {
        let child = match field.value {
            ReadValue::Typename => continue,
            ReadValue::Leaf(_) => None,
            ReadValue::Object(child) => Some(child),
        };
        let slot = store.slot(selection.shape, row, field.slot);
        if is_failed(program, selection.shape, field.slot, slot, since) {
            store.set(selection.shape, row, field.slot, Slot::Failed);
        } else if let Some(child) = child {
            fail_nested(program, store, child, slot, since);
        }
    }
}

/// Notes for some response keys of a selection that an error already tells why they are not asked for.
pub(crate) fn leave_out(
    program: &Program,
    store: &mut Store,
    selection: SelectionId,
    row: u32,
    keys: &[Box<str>],
) {
    let selection = &program.selections[selection.index()];
    for field in selection.fields.iter().filter(|field| keys.iter().any(|key| key.as_bytes() == field.key()))
    {
        if store.slot(selection.shape, row, field.slot) == Slot::Absent {
            store.set(selection.shape, row, field.slot, Slot::Failed);
        }
    }
}

/// Notes that an error without a path explains the nulls at the top of what was read.
pub(crate) fn explain_nulls(program: &Program, store: &mut Store, selection: SelectionId, row: u32) {
    let selection = &program.selections[selection.index()];
    for field in selection.fields.iter().filter(|field| field.value != ReadValue::Typename) {
        if store.slot(selection.shape, row, field.slot) == Slot::Null {
            store.set(selection.shape, row, field.slot, Slot::Failed);
        }
    }
}

/// The same for the objects of a slot.
pub(crate) fn fail_nested(
    program: &Program,
    store: &mut Store,
    selection: SelectionId,
    slot: Slot,
    since: Option<&Mark>,
) {
    match slot {
        Slot::Row(row) => fail(program, store, selection, row, since),
        Slot::List { start, len } => {
            let shape = program.selections[selection.index()].shape;
            for index in start..start + len {
                let item = store.item(index);
                if since.is_some_and(|mark| mark.covers(Some(shape), item)) {
                    store.set_item(index, Slot::Failed);
                } else {
                    fail_nested(program, store, selection, item, since);
                }
            }
        }
        _ => {}
    }
}

fn is_failed(program: &Program, shape: ShapeId, slot: SlotId, value: Slot, since: Option<&Mark>) -> bool {
    match value {
        Slot::Absent => true,
        Slot::Null | Slot::Invalid(_) => since.is_some(),
        _ => since.is_some_and(|mark| mark.covers(program.child(shape, slot), value)),
    }
}
