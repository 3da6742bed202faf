//! Creates `integrations` and `sync_runs`.

use sea_orm_migration::prelude::*;

use crate::integration::entity as integration;
use crate::sync_run::entity as sync_run;

/// Creates `integrations` and `sync_runs`.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_integrations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(integrations(manager)).await?;
        manager
            .create_index(
                Index::create()
                    .name("integrations_unit_provider")
                    .table(integration::Entity)
                    .col(integration::Column::UnitId)
                    .col(integration::Column::Provider)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("integrations_network")
                    .table(integration::Entity)
                    .col(integration::Column::NetworkId)
                    .to_owned(),
            )
            .await?;
        manager.create_table(sync_runs()).await?;
        manager
            .create_index(
                Index::create()
                    .name("sync_runs_integration")
                    .table(sync_run::Entity)
                    .col(sync_run::Column::IntegrationId)
                    .col(sync_run::Column::StartedAt)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(sync_run::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(integration::Entity).to_owned()).await
    }
}

fn integrations(manager: &SchemaManager<'_>) -> TableCreateStatement {
    use integration::Column;
    let mut name = ColumnDef::new(Column::Name);
    name.text().not_null();
    if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
        // Lists are sorted by it: both databases by code points, whatever the locale of the server.
        name.extra("COLLATE \"C\"");
    }
    Table::create()
        .table(integration::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::UnitId).uuid().not_null())
        .col(ColumnDef::new(Column::UnitKind).text().not_null())
        .col(ColumnDef::new(Column::Provider).text().not_null())
        .col(name)
        .col(ColumnDef::new(Column::Status).text().not_null())
        .col(ColumnDef::new(Column::SyncFrequency).text().not_null())
        .col(ColumnDef::new(Column::LastSyncAt).big_integer())
        .col(ColumnDef::new(Column::LastError).text())
        .col(ColumnDef::new(Column::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Column::Version).integer().not_null())
        .to_owned()
}

fn sync_runs() -> TableCreateStatement {
    use sync_run::Column;
    Table::create()
        .table(sync_run::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::IntegrationId).uuid().not_null())
        .col(ColumnDef::new(Column::Trigger).text().not_null())
        .col(ColumnDef::new(Column::Outcome).text().not_null())
        .col(ColumnDef::new(Column::StartedAt).big_integer().not_null())
        .col(ColumnDef::new(Column::FinishedAt).big_integer())
        .col(ColumnDef::new(Column::RecordsRead).big_integer().not_null())
        .col(ColumnDef::new(Column::RecordsWritten).big_integer().not_null())
        .col(ColumnDef::new(Column::RecordsFailed).big_integer().not_null())
        .col(ColumnDef::new(Column::Error).text())
        .foreign_key(
            ForeignKey::create()
                .from(sync_run::Entity, Column::IntegrationId)
                .to(integration::Entity, integration::Column::Id),
        )
        .to_owned()
}
