//! Errors as clients see them: a closed set of codes, internals only in the log.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{InputType, InputValueError, Pos, ServerError, SimpleObject, Value};
use sea_orm::{DbErr, SqlErr};

/// The result of a resolver or store function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The code of a client's mistake.
const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

/// What can go wrong in a service. Cheap to clone, as data loaders hand one failure to many fields.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No internal token came with the request, or it is not valid.
    #[error("the request carries no valid caller token: {0}")]
    Unauthenticated(String),
    /// The caller's token expired while something that it opened went on.
    #[error("the token has expired; get a new one")]
    Expired,
    /// The caller's roles do not allow this.
    #[error("{0}")]
    Forbidden(String),
    /// The input breaks a rule of the domain; the text says which and what would do.
    #[error("{0}")]
    BadInput(String),
    /// What happened since a revision cannot be told any more.
    #[error("{0}: read again what you show, and follow what happens from then on")]
    Missed(String),
    /// There are as many subscriptions as may be.
    #[error("{0}")]
    TooManySubscriptions(String),
    /// The database cannot be reached.
    #[error("the service's database does not answer; try again in a moment")]
    Unavailable(#[source] Arc<DbErr>),
    /// A defect. Clients see a fixed text, the log has the cause.
    #[error("internal error")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The `extensions.code` of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) | Self::Expired => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadInput(_) => BAD_USER_INPUT,
            Self::Missed(_) => "CHANGES_MISSED",
            Self::TooManySubscriptions(_) => "TOO_MANY_SUBSCRIPTIONS",
            Self::Unavailable(_) => "SERVICE_UNAVAILABLE",
            Self::Internal(_) => "INTERNAL_SERVER_ERROR",
        }
    }

    /// Wraps a defect.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(cause.into()))
    }

    /// The same for all clones of one failure.
    fn identity(&self) -> Option<*const ()> {
        match self {
            Self::Unavailable(cause) => Some(Arc::as_ptr(cause).cast()),
            Self::Internal(cause) => Some(Arc::as_ptr(cause).cast()),
            Self::Unauthenticated(_)
            | Self::Expired
            | Self::Forbidden(_)
            | Self::BadInput(_)
            | Self::Missed(_)
            | Self::TooManySubscriptions(_) => None,
        }
    }

    fn log(&self) {
        match self {
            Self::Unavailable(cause) => tracing::error!(error = %cause, "database unavailable"),
            Self::Internal(cause) => tracing::error!(error = %cause, "internal error"),
            Self::Unauthenticated(_)
            | Self::Expired
            | Self::Forbidden(_)
            | Self::BadInput(_)
            | Self::Missed(_)
            | Self::TooManySubscriptions(_) => {}
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => Self::Unavailable(Arc::new(error)),
            other => Self::internal(other),
        }
    }
}

/// Gives the errors of a response their codes and logs internal causes, once: here is where errors leave the
/// service. async-graphql turns any displayable error into its own and keeps the original as its source.
pub(crate) fn complete(errors: &mut [ServerError]) {
    let mut logged = HashSet::new();
    for error in errors {
        let Some(cause) = error.source::<Error>() else { continue };
        if cause.identity().is_none_or(|identity| logged.insert(identity)) {
            cause.log();
        }
        let code = cause.code();
        error.extensions.get_or_insert_default().set("code", code);
    }
}

/// The code of an error that leaves the service; those without one are the schema's own.
pub(crate) fn code(error: &ServerError) -> &str {
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code,
        _ => "GRAPHQL_VALIDATION_FAILED",
    }
}

impl From<Error> for ServerError {
    fn from(error: Error) -> Self {
        async_graphql::Error::new_with_source(error).into_server_error(Pos::default())
    }
}

/// Gives a value that a scalar cannot read the code of a client's mistake: such values reach resolvers, as only the
/// service knows its scalars.
pub(crate) fn unreadable<T: InputType>(error: InputValueError<T>) -> InputValueError<T> {
    error.with_extension("code", BAD_USER_INPUT)
}

/// Whether a statement failed because of a unique constraint.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// A failure that a caller of a mutation is expected to handle, as data in the payload.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct UserError {
    /// What kind of failure it is.
    pub code: UserErrorCode,
    /// What happened and what would do.
    pub message: String,
    /// Where in the mutation's input, outermost first; empty when it concerns the whole input.
    pub field: Vec<String>,
}

impl UserError {
    /// An error about one field of the input.
    pub fn at(code: UserErrorCode, field: &str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: field.split('.').map(str::to_owned).collect() }
    }

    /// An error about the whole input.
    pub fn new(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: Vec::new() }
    }
}

/// Kinds of expected failures of mutations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum UserErrorCode {
    /// Nothing with this id, or nothing the caller may see.
    NotFound,
    /// The caller may see it but not do this.
    Forbidden,
    /// The value is not acceptable.
    Invalid,
    /// Another record already has this unique value.
    Taken,
    /// The record changed since it was read: read it again and repeat.
    VersionConflict,
    /// The life cycle does not allow this step.
    InvalidTransition,
    /// The idempotency key was used for another input.
    IdempotencyKeyReused,
}
