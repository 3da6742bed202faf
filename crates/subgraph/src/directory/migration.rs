//! Creates the directory's tables; the first migration of every service.

use sea_orm_migration::prelude::*;

use super::{clock, membership, unit};

/// Creates `directory_units`, `directory_memberships` and `directory_clock`.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0000_directory"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(units()).await?;
        for column in
            [unit::Column::NetworkId, unit::Column::RegionId, unit::Column::GroupId, unit::Column::Change]
        {
            manager.create_index(index(unit::Entity, column)).await?;
        }
        manager.create_table(memberships()).await?;
        for column in [membership::Column::PersonId, membership::Column::Change] {
            manager.create_index(index(membership::Entity, column)).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table(clock::Entity)
                    .col(ColumnDef::new(clock::Column::Id).integer().not_null().primary_key())
                    .col(ColumnDef::new(clock::Column::Value).big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        let first = Query::insert()
            .into_table(clock::Entity)
            .columns([clock::Column::Id, clock::Column::Value])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(unit::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(membership::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(clock::Entity).to_owned()).await
    }
}

fn units() -> TableCreateStatement {
    Table::create()
        .table(unit::Entity)
        .col(ColumnDef::new(unit::Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(unit::Column::Kind).text().not_null())
        .col(ColumnDef::new(unit::Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(unit::Column::RegionId).uuid())
        .col(ColumnDef::new(unit::Column::GroupId).uuid())
        .col(ColumnDef::new(unit::Column::Name).text().not_null())
        .col(ColumnDef::new(unit::Column::Code).text().not_null())
        .col(ColumnDef::new(unit::Column::Status).text().not_null())
        .col(ColumnDef::new(unit::Column::TimeZone).text().not_null())
        .col(ColumnDef::new(unit::Column::Currency).text().not_null())
        .col(ColumnDef::new(unit::Column::OpenedOn).date())
        .col(ColumnDef::new(unit::Column::Change).big_integer().not_null())
        .to_owned()
}

fn memberships() -> TableCreateStatement {
    Table::create()
        .table(membership::Entity)
        .col(ColumnDef::new(membership::Column::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(membership::Column::PersonId).uuid().not_null())
        .col(ColumnDef::new(membership::Column::Role).text().not_null())
        .col(ColumnDef::new(membership::Column::UnitKind).text().not_null())
        .col(ColumnDef::new(membership::Column::UnitId).uuid().not_null())
        .col(ColumnDef::new(membership::Column::NetworkId).uuid().not_null())
        .col(ColumnDef::new(membership::Column::ValidFrom).date().not_null())
        .col(ColumnDef::new(membership::Column::ValidTo).date())
        .col(ColumnDef::new(membership::Column::Change).big_integer().not_null())
        .to_owned()
}

fn index<T: Iden + Copy + 'static, C: Iden + Copy + 'static>(table: T, column: C) -> IndexCreateStatement {
    Index::create()
        .name(format!("{}_{}", table.to_string(), column.to_string()))
        .table(table)
        .col(column)
        .to_owned()
}
