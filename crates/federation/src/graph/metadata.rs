//! Costs and access rules kept beside types, fields and arguments.

use std::sync::Arc;

/// What `@cost`, `@listSize`, `@authenticated`, `@requiresScopes` and `@policy` say of an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `@cost(weight:)`
    pub cost: Option<i32>,
    /// `@listSize`
    pub list_size: Option<Box<ListSize>>,
    /// `@authenticated`
    pub authenticated: bool,
    /// `@requiresScopes`: any one of these sets is enough; empty when there is no such rule.
    pub scopes: Vec<Vec<Arc<str>>>,
    /// `@policy`: any one of these sets is enough; empty when there is no such rule.
    pub policies: Vec<Vec<Arc<str>>>,
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
