//! A page of an answer to rows.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::Table;
use super::page::Node;
use super::paging::{HAS_NEXT_PAGE, PAGE_INFO};

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

/// Hands every row to `emit`, until that breaks: the JSON text of each cell. Null items give no rows, nor does null on the way to a list unless it
/// is an error.
pub(super) fn rows<'a, E>(
    table: &Table,
    data: &Node<'a>,
    emit: &mut impl FnMut(&[Option<&'a str>]) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, Stop<E>> {
    let mut row = vec![None; table.columns.len()];
    walk(table, &table.root, data, &mut row, emit)
}

fn walk<'a, E>(
    table: &Table,
    level: &Level,
    object: &Node<'a>,
    row: &mut [Option<&'a str>],
    emit: &mut impl FnMut(&[Option<&'a str>]) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, Stop<E>> {
    for cell in &level.cells {
        row[cell.column] = object.at(&cell.steps).text();
    }
    let Some(inner) = &level.inner else { return emit(row).map_err(Stop::Refused) };
    if let Some(connection) = inner.connection {
        let steps = &inner.steps[..connection];
        let told = [PAGE_INFO, HAS_NEXT_PAGE].map(Arc::from);
        if object.at(steps).at(&told).text() == Some("true") {
            return Err(Stop::Incomplete(Incomplete(steps.join("."))));
        }
    }
    let Node::List(items) = object.at(&inner.steps) else {
        if table.null_is_error {
            return Err(Stop::Missing(inner.steps.join(".")));
        }
        return Ok(ControlFlow::Continue(()));
    };
    for item in items.iter().filter(|item| !matches!(item, Node::Null)) {
        if walk(table, inner, item, row, emit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
