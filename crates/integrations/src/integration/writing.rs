//! The only writer of integrations: each row with what its followers are told, in the caller's transaction.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, NotSet, QueryFilter,
};
use subgraph::changes::{self, Recorded};
use subgraph::rows;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::subscription::IntegrationChangeKind;
use crate::sync_run::entity as sync_run;

/// Inserts new integrations with the runs they have had, as the last that the transaction does.
///
/// # Errors
/// When a statement fails, for example because a unit has the provider already.
pub(crate) async fn insert<C: ConnectionTrait>(
    transaction: &C,
    rows: Vec<Model>,
    runs: Vec<sync_run::Model>,
) -> Result<Recorded, DbErr> {
    let created = rows.iter().map(|row| IntegrationChangeKind::Created.to(row)).collect();
    rows::insert_all::<ActiveModel, C>(transaction, rows).await?;
    rows::insert_all::<sync_run::ActiveModel, C>(transaction, runs).await?;
    changes::record(transaction, created).await
}

/// Stores an integration in place of the version before it, as the last that the transaction does. `None` when another
/// change was faster: then nothing is stored.
///
/// # Errors
/// When a statement fails.
pub(super) async fn update<C: ConnectionTrait>(
    transaction: &C,
    row: &Model,
    kind: IntegrationChangeKind,
) -> Result<Option<Recorded>, DbErr> {
    let mut active: ActiveModel = row.clone().into_active_model();
    active.id = NotSet;
    let done = Entity::update_many()
        .set(active.reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(row.version - 1))
        .exec(transaction)
        .await?;
    if done.rows_affected == 0 {
        return Ok(None);
    }
    changes::record(transaction, vec![kind.to(row)]).await.map(Some)
}
