//! Directives that async-graphql has no attribute for.
#![expect(missing_docs, reason = "the macro's output cannot be documented; the functions are")]

use async_graphql::{Enum, TypeDirective};

/// What resolving the field costs, in the unit in which a plain field costs 0 and an object 1; see the cost
/// directive specification.
#[TypeDirective(location = "FieldDefinition", location = "Object", name = "cost")]
pub fn cost(weight: i32) {}

/// How long a list gets; see the cost directive specification.
#[TypeDirective(location = "FieldDefinition", name = "listSize")]
pub fn list_size(
    #[graphql(name = "assumedSize")] assumed_size: Option<i32>,
    #[graphql(name = "slicingArguments")] slicing_arguments: Option<Vec<String>>,
    #[graphql(name = "sizedFields")] sized_fields: Option<Vec<String>>,
    #[graphql(name = "requireOneSlicingArgument")] require_one_slicing_argument: Option<bool>,
) {
}

/// Only for callers with an identity.
#[TypeDirective(location = "FieldDefinition", location = "Object", name = "authenticated")]
pub fn authenticated() {}

/// How long an answer may be kept, in seconds, and by whom. A leaf without a hint goes with its object; an object
/// without one, on its field or its type, is not kept, and neither is an answer that it is part of.
#[TypeDirective(
    location = "FieldDefinition",
    location = "Object",
    location = "Interface",
    name = "cacheControl"
)]
pub fn cache_control(
    #[graphql(name = "maxAge")] max_age: Option<i32>,
    scope: Option<CacheControlScope>,
    #[graphql(name = "inheritMaxAge")] inherit_max_age: Option<bool>,
) {
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CacheControlScope {
    /// Everybody on the way: it is the same for all callers.
    Public,
    /// The caller only.
    Private,
}

/// Everybody: for data that is the same for all callers.
pub const PUBLIC: Option<CacheControlScope> = Some(CacheControlScope::Public);

/// The caller only: for all that is within somebody's scope.
pub const PRIVATE: Option<CacheControlScope> = Some(CacheControlScope::Private);
