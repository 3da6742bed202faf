//! Creates `load_notices`.

use sea_orm_migration::prelude::*;

use super::record::notice::{Column, Entity};

/// Creates `load_notices`.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0210_load_notices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
            .col(ColumnDef::new(Column::Source).text().not_null())
            .col(ColumnDef::new(Column::Digest).text())
            .col(ColumnDef::new(Column::LoadedBy).text().not_null())
            .col(ColumnDef::new(Column::Records).json_binary().not_null())
            .col(ColumnDef::new(Column::Refused).big_integer().not_null())
            .col(ColumnDef::new(Column::At).timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}
