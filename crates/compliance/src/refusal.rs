//! Why a mutation did nothing: because of what was asked, or because something failed.

use async_graphql::ID;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use subgraph::caller::{Caller, Permission};
use subgraph::directory::unit;
use subgraph::error::{Error, UserError, UserErrorCode};
use subgraph::idempotency::{self, Claim, MAX_KEY_BYTES};
use uuid::Uuid;

use crate::requirement::entity as requirement;

/// The end of a mutation without effect.
#[derive(Debug)]
pub(crate) enum Refusal {
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

/// The unit to make a record on.
pub(crate) async fn writable_unit<C: ConnectionTrait>(
    transaction: &C,
    caller: &Caller,
    id: &ID,
    field: &str,
) -> Result<unit::Model, Refusal> {
    let missing = || UserError::at(UserErrorCode::NotFound, field, "there is no such unit that you may see");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let within = |permission| unit::Entity::find_by_id(id).filter(caller.scope(permission).units());
    let unit = within(Permission::ReadCompliance).one(transaction).await?.ok_or_else(missing)?;
    if within(Permission::WriteCompliance).one(transaction).await?.is_none() {
        return Err(forbidden(field).into());
    }
    Ok(unit)
}

/// The requirement to change, locked until the transaction ends.
pub(crate) async fn writable_requirement<C: ConnectionTrait>(
    transaction: &C,
    caller: &Caller,
    id: &ID,
    field: &str,
) -> Result<requirement::Model, Refusal> {
    let missing =
        || UserError::at(UserErrorCode::NotFound, field, "there is no such requirement that you may see");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let within = |permission| -> Condition {
        let scope = caller.scope(permission);
        let rows = scope.rows(requirement::Column::NetworkId, requirement::Column::UnitId);
        Condition::all().add(requirement::Column::Id.eq(id)).add(rows)
    };
    let row = requirement::Entity::find()
        .filter(within(Permission::ReadCompliance))
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or_else(missing)?;
    let writable = requirement::Entity::find().filter(within(Permission::WriteCompliance));
    if writable.one(transaction).await?.is_none() {
        return Err(forbidden(field).into());
    }
    Ok(row)
}

fn forbidden(field: &str) -> UserError {
    UserError::at(
        UserErrorCode::Forbidden,
        field,
        "you may see the compliance records of this unit but not change them",
    )
}

/// Refuses changes to what no longer applies.
pub(crate) fn in_force(row: &requirement::Model) -> Result<(), UserError> {
    match row.retired_at {
        None => Ok(()),
        Some(at) => Err(UserError::new(
            UserErrorCode::InvalidTransition,
            format!("the requirement was retired on {}: enter a new one", at.date_naive()),
        )),
    }
}

/// Refuses changes based on an older version.
pub(crate) fn at_version(row: &requirement::Model, version: i32) -> Result<(), UserError> {
    if row.version == version {
        return Ok(());
    }
    Err(UserError::at(
        UserErrorCode::VersionConflict,
        "version",
        format!("the requirement is at version {}, not {version}: read it again and repeat", row.version),
    ))
}

/// Takes an idempotency key, if there is one. `Some` is the record that an earlier request with it made.
pub(crate) async fn claim<C: ConnectionTrait>(
    transaction: &C,
    caller: &Caller,
    key: Option<&str>,
    request: &str,
    id: Uuid,
) -> Result<Option<Uuid>, Refusal> {
    let Some(key) = key else { return Ok(None) };
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        let message = format!("an idempotency key has 1 to {MAX_KEY_BYTES} bytes, not {}", key.len());
        return Err(UserError::at(UserErrorCode::Invalid, "idempotencyKey", message).into());
    }
    match idempotency::claim(transaction, caller.person, key, request, id).await? {
        Claim::Fresh => Ok(None),
        Claim::Replay(earlier) => Ok(Some(earlier)),
        Claim::Mismatch => Err(UserError::at(
            UserErrorCode::IdempotencyKeyReused,
            "idempotencyKey",
            "the key was used for another input: use a new key for each new request",
        )
        .into()),
    }
}
