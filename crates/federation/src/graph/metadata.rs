//! Costs kept beside types, fields and arguments.

use std::sync::Arc;

/// What `@cost` and `@listSize` say of an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `@cost(weight:)`
    pub cost: Option<i32>,
    /// `@listSize`
    pub list_size: Option<Box<ListSize>>,
}

/// `@listSize`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListSize {
    /// The size to assume when nothing else tells.
    pub assumed: Option<i32>,
    /// Arguments that bound the size: names, or dotted paths into input objects.
    pub slicing_arguments: Vec<Arc<str>>,
    /// Fields of the value that are the lists meant; empty when the field itself is.
    pub sized_fields: Vec<Arc<str>>,
    /// Whether exactly one slicing argument must be given.
    pub require_one_slicing_argument: bool,
}
