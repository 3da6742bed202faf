//! Creates `requirement_documents`.

use sea_orm_migration::prelude::*;

use super::index;
use crate::document::entity::{Column, Entity};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0012_requirement_documents"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
            .col(ColumnDef::new(Column::RequirementId).uuid().not_null())
            .col(ColumnDef::new(Column::AddedBy).uuid().not_null())
            .col(ColumnDef::new(Column::Name).text().not_null())
            .col(ColumnDef::new(Column::Url).text().not_null())
            .col(ColumnDef::new(Column::UploadedAt).timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index(Entity, &[Column::RequirementId])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}
