//! Why a mutation did nothing: because of what was asked, or because something failed.

use sea_orm::DbErr;

use crate::caller::Permission;
use crate::error::{Error, Result, UserError, UserErrorCode};

/// The end of a mutation without effect.
#[derive(Debug)]
pub enum Refusal {
    /// The client can act on it: it becomes `userErrors` of the payload.
    User(Vec<UserError>),
    /// It becomes an error of the response.
    Failed(Error),
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// The two halves of a payload: what the mutation made or changed, or why there is nothing.
///
/// # Errors
/// When the mutation failed for a reason that the client cannot act on.
pub fn outcome<T>(result: Result<T, Refusal>) -> Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(record) => Ok((Some(record), Vec::new())),
        Err(Refusal::User(errors)) => Ok((None, errors)),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

/// Refuses an id that names nothing, or nothing the caller may see: these must not be told apart.
pub fn not_found(field: &str, what: &str) -> UserError {
    UserError::at(UserErrorCode::NotFound, field, format!("there is no such {what} that you may see"))
}

/// Refuses a caller who may see a record but lacks a permission on it.
pub fn forbidden(field: &str, permission: Permission) -> UserError {
    let message =
        format!("you may see it, but none of your roles there allows you to {}", permission.phrase());
    UserError::at(UserErrorCode::Forbidden, field, message)
}

/// Refuses a change that is based on another version than the current one.
///
/// # Errors
/// `VERSION_CONFLICT` at the argument `version`.
pub fn at_version(what: &str, current: i32, version: i32) -> Result<(), UserError> {
    if current == version {
        return Ok(());
    }
    let message = format!("the {what} is at version {current}, not {version}: read it again and repeat");
    Err(UserError::at(UserErrorCode::VersionConflict, "version", message))
}
