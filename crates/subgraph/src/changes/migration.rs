//! Creates the log's tables, in the order their parts came.

use sea_orm_migration::prelude::*;

use super::{change, clock};

/// Creates `changes` and `change_clocks`.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0200_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(changes()).await?;
        let mut clocks = Table::create();
        clocks
            .table(clock::Entity)
            .col(ColumnDef::new(clock::Column::NetworkId).uuid().not_null().primary_key())
            .col(ColumnDef::new(clock::Column::Revision).big_integer().not_null());
        manager.create_table(clocks).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(change::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(clock::Entity).to_owned()).await
    }
}

/// Adds what a service tells of a change beside what all do.
pub struct DetailMigration;

impl MigrationName for DetailMigration {
    fn name(&self) -> &str {
        "m0201_change_details"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for DetailMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table.table(change::Entity).add_column(ColumnDef::new(change::Column::Detail).json());
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table(change::Entity).drop_column(change::Column::Detail).to_owned())
            .await
    }
}

fn changes() -> TableCreateStatement {
    use change::Column;
    Table::create()
        .table(change::Entity)
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::Revision).big_integer().not_null())
        .col(ColumnDef::new(Column::Entity).text().not_null())
        .col(ColumnDef::new(Column::EntityId).uuid().not_null())
        .col(ColumnDef::new(Column::UnitId).uuid().not_null())
        .col(ColumnDef::new(Column::FormerUnitId).uuid())
        .col(ColumnDef::new(Column::Kind).text().not_null())
        .col(ColumnDef::new(Column::OccurredAt).timestamp_with_time_zone().not_null())
        .primary_key(Index::create().col(Column::NetworkId).col(Column::Revision))
        .to_owned()
}
