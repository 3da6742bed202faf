//! What fields cost, for `@cost` and `@listSize`, and how long they may be kept.

/// A list: one statement and a page of rows.
pub(crate) const LIST: i32 = 5;

/// A change: a transaction of a few statements.
pub(crate) const CHANGE: i32 = 10;

/// A change that reaches everything below a unit.
pub(crate) const DEEP_CHANGE: i32 = 50;

/// A figure that is computed over a subtree.
pub(crate) const AGGREGATE: i32 = 3;

/// The items of a page when neither `first` nor `last` is given.
pub(crate) const PAGE: Option<i32> = Some(20);

/// The arguments that say how long a page gets.
pub(crate) fn slicing() -> Option<Vec<String>> {
    Some(vec!["first".to_owned(), "last".to_owned()])
}

/// The fields of a connection that are as long as the page.
pub(crate) fn sized() -> Option<Vec<String>> {
    Some(vec!["edges".to_owned(), "nodes".to_owned()])
}

/// How long the tree may be kept by its reader, in seconds: units change a few times a day. What an edit is based on
/// (`version`) and who has access are not kept.
pub(crate) const KEPT: Option<i32> = Some(30);

/// Not at all, in seconds.
pub(crate) const FRESH: Option<i32> = Some(0);
