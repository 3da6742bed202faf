//! The kinds of operations and of leaf values, which every stage speaks of.

use super::EnumId;

/// The kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// `query`
    Query,
    /// `mutation`
    Mutation,
    /// `subscription`
    Subscription,
}

/// What a leaf token must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafType {
    /// A 32-bit integer.
    Int,
    /// Any number.
    Float,
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A string or an integer, written as it came.
    Id,
    /// A string naming an API-visible value of the enum.
    Enum(EnumId),
    /// Any JSON value, passed through byte for byte.
    Any,
}
