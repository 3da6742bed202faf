//! Marks networks that are made up: adds `is_demo` to `networks`.

use sea_orm_migration::prelude::*;

use crate::network::entity as network;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0030_demo_networks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = ColumnDef::new(network::Column::IsDemo);
        column.boolean().not_null().default(false);
        manager.alter_table(Table::alter().table(network::Entity).add_column(column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter().table(network::Entity).drop_column(network::Column::IsDemo).to_owned(),
            )
            .await
    }
}
