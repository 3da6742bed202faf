//! Creates the registry's tables.

use sea_orm::{ActiveValue, EntityTrait};
use sea_orm_migration::prelude::*;

use super::entity::{Column, Entity, revision};

/// The registry's migrations.
pub(super) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Registry)]
    }

    // A database may be shared with something else that migrates.
    fn migration_table_name() -> DynIden {
        "registry_migrations".into_iden()
    }
}

struct Registry;

impl MigrationName for Registry {
    fn name(&self) -> &str {
        "m0001_registry"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Registry {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let operations = Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).text().not_null())
            .col(ColumnDef::new(Column::Version).integer().not_null())
            .col(ColumnDef::new(Column::Owner).text().not_null())
            .col(ColumnDef::new(Column::Description).text())
            .col(ColumnDef::new(Column::DeprecatedOn).date())
            .col(ColumnDef::new(Column::RegisteredAt).big_integer().not_null())
            .col(ColumnDef::new(Column::RegisteredBy).text().not_null())
            .col(ColumnDef::new(Column::RetiredAt).big_integer())
            .col(ColumnDef::new(Column::Text).text().not_null())
            .primary_key(Index::create().col(Column::Id).col(Column::Version))
            .to_owned();
        manager.create_table(operations).await?;
        let revisions = Table::create()
            .table(revision::Entity)
            .col(ColumnDef::new(revision::Column::Id).integer().not_null().primary_key())
            .col(ColumnDef::new(revision::Column::Value).big_integer().not_null())
            .to_owned();
        manager.create_table(revisions).await?;
        let first = revision::ActiveModel { id: ActiveValue::Set(1), value: ActiveValue::Set(0) };
        revision::Entity::insert(first).exec_without_returning(manager.get_connection()).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(revision::Entity).to_owned()).await?;
        manager.drop_table(Table::drop().table(Entity).to_owned()).await
    }
}
