//! Moves and suspensions: which suspended units a unit stands below is the franchisor's to change.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use subgraph::caller::Permission;
use subgraph::directory::unit as directory;
use subgraph::error::{UserError, UserErrorCode};
use subgraph::mutation::Refusal;
use uuid::Uuid;

use super::{Place, UnitStatus, kind_name};
use crate::change::Change;

/// Refuses to move a unit out from below a suspended one, which would lift the suspension for it, or to below
/// one, which would suspend it, unless the caller may do that by changing a status. `field` names the target.
pub(crate) async fn keeps(
    change: &Change<'_>,
    unit: &Place,
    target: &Place,
    field: &str,
) -> Result<(), Refusal> {
    if Place::network(unit.network).allows(&change.reader.caller, Permission::SuspendUnits) {
        return Ok(());
    }
    let before: Vec<Uuid> = unit.path().filter(|id| *id != unit.id).collect();
    let after: Vec<Uuid> = target.path().collect();
    let left = before.iter().filter(|id| !after.contains(id));
    let entered = after.iter().filter(|id| !before.contains(id));
    let suspended = directory::Entity::find()
        .filter(directory::Column::Id.is_in(left.chain(entered).copied()))
        .filter(directory::Column::Status.eq(UnitStatus::Suspended.as_str()))
        .order_by_asc(directory::Column::Id)
        .one(&change.transaction)
        .await?;
    let Some(suspended) = suspended else { return Ok(()) };
    let (field, way) = if before.contains(&suspended.id) { ("id", "out of") } else { (field, "into") };
    let message = format!(
        "the {} `{}` is SUSPENDED: only who may {} moves units {way} it",
        kind_name(suspended.kind),
        suspended.code,
        Permission::SuspendUnits.phrase()
    );
    Err(UserError::at(UserErrorCode::Forbidden, field, message).into())
}
