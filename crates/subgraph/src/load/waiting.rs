//! Notices on their way to the audit trail.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::record::notice;
use crate::rows;

/// The oldest notices that the trail may not have yet; none when it has all.
///
/// # Errors
/// When the statement fails.
pub async fn waiting<C: ConnectionTrait>(connection: &C) -> Result<Vec<notice::Model>, DbErr> {
    let oldest = notice::Entity::find().order_by_asc(notice::Column::Id).limit(rows::PER_STATEMENT as u64);
    oldest.all(connection).await
}

/// Removes notices that the trail has.
///
/// # Errors
/// When the statement fails: they are handed over again then, which changes nothing.
pub async fn handed_over<C: ConnectionTrait>(connection: &C, notices: &[notice::Model]) -> Result<(), DbErr> {
    let ids = notices.iter().map(|notice| notice.id);
    notice::Entity::delete_many().filter(notice::Column::Id.is_in(ids)).exec(connection).await.map(drop)
}
