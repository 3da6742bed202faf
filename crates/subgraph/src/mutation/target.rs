//! The unit that a mutation makes or changes records on.

use async_graphql::ID;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Refusal, forbidden, not_found};
use crate::caller::{Caller, Permission};
use crate::directory::unit;

/// The unit with this id, if the caller may `see` such records there and `write` them.
///
/// # Errors
/// `NOT_FOUND` when there is no such unit or the caller may not see it, `FORBIDDEN` when the caller may only
/// see it; when a statement fails.
pub async fn writable_unit<C: ConnectionTrait>(
    connection: &C,
    caller: &Caller,
    id: &ID,
    (see, write): (Permission, Permission),
    field: &str,
) -> Result<unit::Model, Refusal> {
    let missing = || not_found(field, "unit");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let within = |permission| unit::Entity::find_by_id(id).filter(caller.scope(permission).units());
    let unit = within(see).one(connection).await?.ok_or_else(missing)?;
    if within(write).one(connection).await?.is_none() {
        return Err(forbidden(field, write).into());
    }
    Ok(unit)
}
