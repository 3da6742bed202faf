//! Fields that are null where they fail.
//!
//! async-graphql leaves a field that returns an error out of its object. As `Some(Err(..))` the error is recorded
//! and the field is null, as the GraphQL specification wants (section 6.4.4).

use std::future::Future;

use subgraph::{Error, Result};

/// What a nullable field that may fail returns.
pub(crate) type Nullable<T> = Option<Result<T, Error>>;

/// The outcome of a field, for [`Nullable`].
pub(crate) async fn nullable<T>(field: impl Future<Output = Result<T>>) -> Nullable<T> {
    Some(field.await)
}
