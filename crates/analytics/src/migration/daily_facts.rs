//! Creates `daily_facts`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::fact::entity::{Column, Entity};

/// Creates `daily_facts`: one row for each location and day.
pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_daily_facts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = daily_facts();
        if manager.get_connection().get_database_backend() == DbBackend::Sqlite {
            // A window of one location is then one stretch of pages instead of one lookup for each day.
            table.extra("WITHOUT ROWID");
        }
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}

fn daily_facts() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Entity)
        .col(ColumnDef::new(Column::LocationId).uuid().not_null())
        .col(ColumnDef::new(Column::Date).date().not_null())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::Currency).text().not_null());
    for column in Column::MEASURES {
        table.col(ColumnDef::new(column).big_integer().not_null());
    }
    table
        .col(ColumnDef::new(Column::Version).integer().not_null())
        .col(ColumnDef::new(Column::RecordedAt).timestamp_with_time_zone().not_null())
        .primary_key(Index::create().col(Column::LocationId).col(Column::Date));
    table
}
