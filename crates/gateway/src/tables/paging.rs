//! How all rows of a table are got at, and what an operation's text takes for that.

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::executable::Operation;

use super::Paging;
use super::lists::Entry;

/// The response key of what is added to connections.
pub(super) const PAGE_INFO: &str = "tablePageInfo";

/// Text to insert, by where.
pub(super) type Insertions = Vec<(usize, &'static str)>;

/// What it tells.
pub(super) const HAS_NEXT_PAGE: &str = "hasNextPage";
pub(super) const END_CURSOR: &str = "endCursor";

const FOLLOW: &str = " tablePageInfo: pageInfo { hasNextPage endCursor }";
const CHECK: &str = " tablePageInfo: pageInfo { hasNextPage }";

/// How the outermost list of a path is paged; `outermost` is its place in the path.
///
/// # Errors
/// Why rows would be missing, as the end of a sentence.
pub(super) fn of_outermost(
    schema: &Schema,
    operation: &Operation,
    all: &[Entry],
    path: &[&Entry],
    outermost: usize,
    one_page: bool,
    insertions: &mut Insertions,
) -> Result<Paging, String> {
    let Some(connection) = connection_of(schema, path, outermost) else { return Ok(Paging::Once) };
    if one_page {
        return Ok(Paging::Once);
    }
    let entry = path[connection];
    let keys: Vec<Arc<str>> = path[..=connection].iter().map(|entry| entry.key.clone()).collect();
    let shown = keys.join(".");
    let Some(variable) = entry.variable("after") else {
        return Err(format!(
            "rows after the first page of `{shown}` would be missing: declare a variable `$after: String` and \
             pass it as `after: $after`, or say `pages: ONE` in an `@table` line if the first page is all you want"
        ));
    };
    let definition = operation.variables.iter().find(|definition| definition.name == variable);
    if definition.is_some_and(|definition| definition.ty.is_non_null()) {
        return Err(format!("`${variable}` has to be nullable: the first page is asked for without it"));
    }
    if uses(all, variable) > 1 {
        return Err(format!(
            "`${variable}` pages `{shown}` and is used elsewhere, too: use another variable there"
        ));
    }
    insertions.extend(entry.ends.iter().map(|end| (end - 1, FOLLOW)));
    Ok(Paging::Follow { connection: keys, variable: Arc::from(variable) })
}

/// Has a list that cannot be followed tell whether it is complete; `list` is its place in the path. Returns the place
/// of its connection.
pub(super) fn check_inner(
    schema: &Schema,
    path: &[&Entry],
    list: usize,
    insertions: &mut Insertions,
) -> Option<usize> {
    let connection = connection_of(schema, path, list)?;
    insertions.extend(path[connection].ends.iter().map(|end| (end - 1, CHECK)));
    Some(connection)
}

/// The place of the connection that a list is the nodes or edges of.
fn connection_of(schema: &Schema, path: &[&Entry], list: usize) -> Option<usize> {
    let before = list.checked_sub(1)?;
    let named = matches!(path[list].field.name.as_str(), "nodes" | "edges");
    (named && path[before].is_connection(schema)).then_some(before)
}

/// How many fields a variable is an argument of.
fn uses(entries: &[Entry], variable: &str) -> usize {
    let here = |entry: &Entry| {
        let arguments = entry.field.arguments.iter();
        let used =
            arguments.filter(|argument| argument.value.as_variable().is_some_and(|name| *name == variable));
        used.count() + uses(&entry.entries, variable)
    };
    entries.iter().map(here).sum()
}

impl Paging {
    /// Response keys to what a page tells of the next one.
    pub(super) fn told(&self) -> Vec<Vec<Arc<str>>> {
        let Self::Follow { connection, .. } = self else { return Vec::new() };
        let told = |key: &str| connection.iter().cloned().chain([PAGE_INFO.into(), key.into()]).collect();
        vec![told(HAS_NEXT_PAGE), told(END_CURSOR)]
    }
}

/// The text with all insertions.
pub(super) fn insert(text: &str, mut insertions: Insertions) -> String {
    insertions.sort_unstable();
    insertions.dedup();
    let mut edited = text.to_owned();
    for (place, insertion) in insertions.into_iter().rev() {
        edited.insert_str(place, insertion);
    }
    edited
}
