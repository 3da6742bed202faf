//! Creates `alert_acknowledgements`.

use sea_orm_migration::prelude::*;

use super::index;
use crate::alert::entity::{Column, Entity};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0013_alert_acknowledgements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::RequirementId).uuid().not_null())
            .col(ColumnDef::new(Column::Rule).text().not_null())
            .col(ColumnDef::new(Column::CauseOn).date().not_null())
            .col(ColumnDef::new(Column::Lapses).integer().not_null())
            .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
            .col(ColumnDef::new(Column::PersonId).uuid().not_null())
            .col(ColumnDef::new(Column::Note).text())
            .col(ColumnDef::new(Column::AcknowledgedAt).timestamp_with_time_zone().not_null())
            .primary_key(
                Index::create()
                    .col(Column::RequirementId)
                    .col(Column::Rule)
                    .col(Column::CauseOn)
                    .col(Column::Lapses),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index(Entity, &[Column::NetworkId])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}
