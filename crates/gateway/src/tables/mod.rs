//! Stored operations as tables: CSV, JSON, NDJSON, Arrow and Parquet for BI tools, streamed page by page.
//!
//! In reading order: [`header`] reads what an operation's file says of its tables, [`lists`] and [`build`] make
//! [`Table`]s of the lists it selects when it is loaded, each with an operation [`prune`]d to what it takes. A request
//! ([`request`]) then starts a [`stream`], which asks the engine for pages, reads each ([`page`]), [`unfold`]s it to rows of
//! typed [`batch`] columns, and [`encode`]s them.
//! `docs/tables.md` describes all of it for users.

mod batch;
mod build;
mod column;
mod encode;
mod header;
mod lists;
mod page;
mod paging;
mod parameters;
mod prune;
mod refusal;
mod request;
mod resume;
mod stream;
#[cfg(test)]
mod tests;
mod unfold;

use std::sync::Arc;

pub(crate) use self::build::{TableProblem, build};
pub(crate) use self::column::{Column, ColumnType, Scalars};
pub(crate) use self::encode::Format;
pub(crate) use self::header::without_tables;
use self::page::Shape;
pub(crate) use self::parameters::Parameter;
pub(crate) use self::refusal::Refusal;
pub(crate) use self::request::TableRequest;
pub(crate) use self::stream::{PageError, Pages, StreamError, start};
use self::unfold::Level;

/// The tables of a stored operation: one for each list of objects it selects.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Those that can be served; the first is the main one if `no_main` is `None`.
    pub(crate) served: Vec<Arc<Table>>,
    /// Why the operation has no main table; completes the sentence "the operation is no table: ...".
    pub(crate) no_main: Option<String>,
    /// Lists that cannot be served, with the reason.
    pub(crate) unserved: Vec<(String, String)>,
}

/// One list of a stored operation, as rows and columns.
#[derive(Debug)]
pub(crate) struct Table {
    /// What `?table=` calls it.
    pub(crate) name: String,
    /// Response keys from the root to the list, joined by dots.
    pub(crate) rows: String,
    /// In order of selection.
    pub(crate) columns: Vec<Column>,
    /// The operation, with what following its pages takes and without what only other tables take.
    text: Arc<str>,
    paging: Paging,
    /// Whether a list that is null is an error, and not an empty one.
    null_is_error: bool,
    /// Columns outside of any list, and the lists from the outermost to the rows.
    root: Level,
    /// What is read of a page.
    shape: Shape,
}

/// How a table gets at all rows of its outermost list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Paging {
    /// A connection, followed by setting a variable to the end of the page before.
    Follow {
        /// Response keys from the root to the connection.
        connection: Vec<Arc<str>>,
        /// The variable, without `$`.
        variable: Arc<str>,
    },
    /// One request answers everything.
    Once,
}

impl Tables {
    /// The table of that name, or without a name the main one.
    pub(crate) fn find(&self, name: Option<&str>) -> Result<&Arc<Table>, Refusal> {
        match (name, &self.no_main) {
            (None, None) => self
                .served
                .first()
                .ok_or_else(|| Refusal::NoTable("it selects no list of objects".to_owned())),
            (None, Some(reason)) => Err(Refusal::NoTable(reason.clone())),
            (Some(name), _) => self.served.iter().find(|table| table.name == name).ok_or_else(|| {
                let reason = self.unserved.iter().find(|(unserved, _)| unserved == name);
                match reason {
                    Some((_, reason)) => Refusal::NoTable(reason.clone()),
                    None => {
                        Refusal::UnknownTable(self.served.iter().map(|table| table.name.clone()).collect())
                    }
                }
            }),
        }
    }
}

impl Table {
    /// The variable that the gateway sets to follow pages.
    pub(crate) fn page_variable(&self) -> Option<&str> {
        match &self.paging {
            Paging::Follow { variable, .. } => Some(variable),
            Paging::Once => None,
        }
    }
}
