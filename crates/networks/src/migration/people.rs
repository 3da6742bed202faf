//! Creates `persons` and `memberships`.

use sea_orm_migration::prelude::*;

use super::{index, sorted_text, unique};
use crate::membership::entity as membership;
use crate::person::entity as person;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(persons(manager)).await?;
        manager
            .create_index(unique(person::Entity, &[person::Column::NetworkId, person::Column::Email]))
            .await?;
        manager.create_table(memberships()).await?;
        for column in
            [membership::Column::PersonId, membership::Column::UnitId, membership::Column::NetworkId]
        {
            manager.create_index(index(membership::Entity, &[column])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(membership::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(person::Entity).to_owned()).await
    }
}

fn persons(manager: &SchemaManager<'_>) -> TableCreateStatement {
    use person::Column;
    Table::create()
        .table(person::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(sorted_text(manager, Column::Name))
        .col(sorted_text(manager, Column::Email))
        .col(ColumnDef::new(Column::Phone).text())
        .col(ColumnDef::new(Column::Version).integer().not_null())
        .col(ColumnDef::new(Column::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Column::UpdatedAt).timestamp_with_time_zone().not_null())
        .to_owned()
}

fn memberships() -> TableCreateStatement {
    use membership::Column;
    Table::create()
        .table(membership::Entity)
        .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(Column::PersonId).uuid().not_null())
        .col(ColumnDef::new(Column::Role).text().not_null())
        .col(ColumnDef::new(Column::UnitKind).text().not_null())
        .col(ColumnDef::new(Column::UnitId).uuid().not_null())
        .col(ColumnDef::new(Column::ValidFrom).date().not_null())
        .col(ColumnDef::new(Column::ValidTo).date())
        .col(ColumnDef::new(Column::GrantedBy).uuid())
        .col(ColumnDef::new(Column::Version).integer().not_null())
        .col(ColumnDef::new(Column::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Column::UpdatedAt).timestamp_with_time_zone().not_null())
        .foreign_key(
            ForeignKey::create()
                .from(membership::Entity, Column::PersonId)
                .to(person::Entity, person::Column::Id),
        )
        .to_owned()
}
