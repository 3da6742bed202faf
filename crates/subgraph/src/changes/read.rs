//! Reading the log.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::PAGE;
use super::record::{change, clock};

/// The revision of a network's newest change; 0 before the first.
///
/// # Errors
/// When the statement fails.
pub async fn newest<C: ConnectionTrait>(connection: &C, network: Uuid) -> Result<i64, DbErr> {
    let clock = clock::Entity::find_by_id(network).one(connection).await?;
    Ok(clock.map_or(0, |row| row.revision))
}

/// The changes of a network after a revision, at most [`PAGE`].
pub(super) async fn page<C: ConnectionTrait>(
    connection: &C,
    network: Uuid,
    after: i64,
) -> Result<Vec<change::Model>, DbErr> {
    change::Entity::find()
        .filter(change::Column::NetworkId.eq(network))
        .filter(change::Column::Revision.gt(after))
        .order_by_asc(change::Column::Revision)
        .limit(PAGE)
        .all(connection)
        .await
}
