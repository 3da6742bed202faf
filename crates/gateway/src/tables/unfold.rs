//! A page of an answer to rows.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::Value;

use super::Table;
use super::paging::PAGE_INFO;

/// The root object of an answer, or the items of a list, and what a table takes from each.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// Response keys from an object of the level around to the list; empty for the root.
    pub(super) steps: Vec<Arc<str>>,
    /// How many of the steps lead to the connection that tells whether the list is complete.
    pub(super) connection: Option<usize>,
    pub(super) cells: Vec<Cell>,
    /// The next list; `None` where rows are.
    pub(super) inner: Option<Box<Level>>,
}

/// Where a column's value is in an object of its level.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) column: usize,
    pub(super) steps: Vec<Arc<str>>,
}

/// A list inside of a row has more items than were asked for; holds the path to its connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Incomplete(pub(super) String);

/// Why [`rows`] stops early.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop<E> {
    Incomplete(Incomplete),
    /// A list is null that must not be; the path to it.
    Missing(String),
    Refused(E),
}

const NULL: &Value = &Value::Null;

/// The value at the end of some response keys; null where the way ends before.
pub(super) fn at<'a>(object: &'a Value, steps: &[Arc<str>]) -> &'a Value {
    let mut value = object;
    for step in steps {
        value = value.get(&**step).unwrap_or(NULL);
    }
    value
}

/// Hands every row to `emit`, until that breaks. Null items give no rows, nor does null on the way to a list unless it
/// is an error.
pub(super) fn rows<'a, E>(
    table: &Table,
    data: &'a Value,
    emit: &mut impl FnMut(&[&'a Value]) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, Stop<E>> {
    let mut row = vec![NULL; table.columns.len()];
    walk(table, &table.root, data, &mut row, emit)
}

fn walk<'a, E>(
    table: &Table,
    level: &Level,
    object: &'a Value,
    row: &mut [&'a Value],
    emit: &mut impl FnMut(&[&'a Value]) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, Stop<E>> {
    for cell in &level.cells {
        row[cell.column] = at(object, &cell.steps);
    }
    let Some(inner) = &level.inner else { return emit(row).map_err(Stop::Refused) };
    if let Some(connection) = inner.connection {
        let steps = &inner.steps[..connection];
        if at(object, steps)[PAGE_INFO]["hasNextPage"] == true {
            return Err(Stop::Incomplete(Incomplete(steps.join("."))));
        }
    }
    let Value::Array(items) = at(object, &inner.steps) else {
        if table.null_is_error {
            return Err(Stop::Missing(inner.steps.join(".")));
        }
        return Ok(ControlFlow::Continue(()));
    };
    for item in items.iter().filter(|item| !item.is_null()) {
        if walk(table, inner, item, row, emit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
