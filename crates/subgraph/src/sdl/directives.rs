//! Directives that async-graphql has no attribute for.
#![expect(missing_docs, reason = "the macro's output cannot be documented; the functions are")]

use async_graphql::TypeDirective;

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

/// How long an answer may be kept, in seconds, and by whom.
#[TypeDirective(location = "FieldDefinition", location = "Object", name = "cacheControl")]
pub fn cache_control(#[graphql(name = "maxAge")] max_age: i32, scope: Option<String>) {}
