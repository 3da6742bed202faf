//! Creates `audit_entries`.

use sea_orm_migration::prelude::*;

use super::{append_only, index};
use crate::audit::entity::{Column, Entity};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0014_audit_entries"
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
            .col(ColumnDef::new(Column::RequirementId).uuid().not_null())
            .col(ColumnDef::new(Column::ActorId).uuid().not_null())
            .col(ColumnDef::new(Column::Action).text().not_null())
            .col(ColumnDef::new(Column::Record).text().not_null())
            .col(ColumnDef::new(Column::RecordId).uuid().not_null())
            .col(ColumnDef::new(Column::Before).json())
            .col(ColumnDef::new(Column::After).json().not_null())
            .col(ColumnDef::new(Column::At).timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index(Entity, &[Column::NetworkId, Column::Id])).await?;
        manager.create_index(index(Entity, &[Column::UnitId, Column::Id])).await?;
        manager.create_index(index(Entity, &[Column::RequirementId, Column::Id])).await?;
        append_only::protect(manager, "audit_entries").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::drop_table(manager, "audit_entries").await
    }
}
