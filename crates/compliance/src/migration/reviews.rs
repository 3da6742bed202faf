//! Creates `requirement_reviews`.

use sea_orm_migration::prelude::*;

use super::{append_only, index};
use crate::review::entity::{Column, Entity};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_requirement_reviews"
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
            .col(ColumnDef::new(Column::ReviewerId).uuid().not_null())
            .col(ColumnDef::new(Column::Outcome).text().not_null())
            .col(ColumnDef::new(Column::Notes).text())
            .col(ColumnDef::new(Column::ReviewedOn).date().not_null())
            .col(ColumnDef::new(Column::NextReviewOn).date().not_null())
            .col(ColumnDef::new(Column::RecordedAt).timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index(Entity, &[Column::RequirementId, Column::Id])).await?;
        append_only::protect(manager, "requirement_reviews").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::drop_table(manager, "requirement_reviews").await
    }
}
