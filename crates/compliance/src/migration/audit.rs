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
        manager.create_table(table(true)).await?;
        indexes(manager).await?;
        append_only::protect(manager, "audit_entries").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::drop_table(manager, "audit_entries").await
    }
}

/// The table; when strict, every entry has a requirement and a person.
pub(super) fn table(strict: bool) -> TableCreateStatement {
    let id = |column| ColumnDef::new(column).uuid().to_owned();
    let some_id = |column| if strict { id(column).not_null().to_owned() } else { id(column) };
    Table::create()
        .table(Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::UnitId).uuid().not_null())
        .col(some_id(Column::RequirementId))
        .col(some_id(Column::ActorId))
        .col(ColumnDef::new(Column::Action).text().not_null())
        .col(ColumnDef::new(Column::Record).text().not_null())
        .col(ColumnDef::new(Column::RecordId).uuid().not_null())
        .col(ColumnDef::new(Column::Before).json())
        .col(ColumnDef::new(Column::After).json().not_null())
        .col(ColumnDef::new(Column::At).timestamp_with_time_zone().not_null())
        .to_owned()
}

pub(super) async fn indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager.create_index(index(Entity, &[Column::NetworkId, Column::Id])).await?;
    manager.create_index(index(Entity, &[Column::UnitId, Column::Id])).await?;
    manager.create_index(index(Entity, &[Column::RequirementId, Column::Id])).await
}
