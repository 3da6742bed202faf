//! Creates `requirements`.

use sea_orm_migration::prelude::*;

use super::index;
use crate::requirement::entity::{Column, Entity};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_requirements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
            .col(ColumnDef::new(Column::UnitId).uuid().not_null())
            .col(ColumnDef::new(Column::Jurisdiction).text().not_null())
            .col(ColumnDef::new(Column::RequirementType).text().not_null())
            .col(ColumnDef::new(Column::Name).text().not_null())
            .col(ColumnDef::new(Column::Description).text())
            .col(ColumnDef::new(Column::Risk).text().not_null())
            .col(ColumnDef::new(Column::Penalties).json().not_null())
            .col(ColumnDef::new(Column::DueOn).date())
            .col(ColumnDef::new(Column::NextReviewOn).date())
            .col(ColumnDef::new(Column::LastReviewedOn).date())
            .col(ColumnDef::new(Column::Outcome).text().not_null())
            .col(ColumnDef::new(Column::LapsedOn).date())
            .col(ColumnDef::new(Column::Lapses).integer().not_null())
            .col(ColumnDef::new(Column::RetiredAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Column::CreatedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Column::UpdatedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Column::Version).integer().not_null())
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index(Entity, &[Column::UnitId])).await?;
        manager.create_index(index(Entity, &[Column::NetworkId, Column::DueOn])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}
