//! What mutations of compliance records may be about, and what they refuse.

use async_graphql::ID;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use subgraph::caller::{Caller, Permission};
use subgraph::error::{UserError, UserErrorCode};
use subgraph::mutation::{Refusal, forbidden, not_found};
use uuid::Uuid;

use crate::requirement::entity as requirement;

/// Who may see and who may change compliance records.
pub(crate) const SEE_AND_WRITE: (Permission, Permission) =
    (Permission::ReadCompliance, Permission::WriteCompliance);

/// The requirement to change, locked until the transaction ends.
pub(crate) async fn writable_requirement<C: ConnectionTrait>(
    transaction: &C,
    caller: &Caller,
    id: &ID,
    field: &str,
) -> Result<requirement::Model, Refusal> {
    let missing = || not_found(field, "requirement");
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
        return Err(forbidden(field, Permission::WriteCompliance).into());
    }
    Ok(row)
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
