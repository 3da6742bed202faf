//! What the gateway is told about the cost of fields, see the cost directive specification, and how long they may be kept.

/// Counting rows below a unit.
pub(crate) const AGGREGATE: i32 = 2;

/// Reading a page, besides its items.
pub(crate) const LIST: i32 = 5;

/// The items of a page when neither `first` nor `last` is given.
pub(crate) const PAGE: Option<i32> = Some(20);

/// The arguments that say how many items a connection gets.
pub(crate) fn slicing() -> Option<Vec<String>> {
    Some(vec!["first".to_owned(), "last".to_owned()])
}

/// The fields of a connection that are as long as the page.
pub(crate) fn sized() -> Option<Vec<String>> {
    Some(vec!["edges".to_owned(), "nodes".to_owned()])
}

/// How long a score may be kept by its reader, in seconds. Requirements, alerts and the audit trail are not kept.
pub(crate) const KEPT: Option<i32> = Some(60);
