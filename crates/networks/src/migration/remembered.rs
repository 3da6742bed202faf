//! What remembering units takes: revisions that follow all their tables, and an index to find a unit by its code.

use sea_orm_migration::prelude::*;
use subgraph::directory::unit;
use subgraph::revision::{track, untrack};

use super::index;

/// The tables of units besides `locations`, which revisions followed from the start.
const TABLES: [&str; 3] = ["networks", "regions", "location_groups"];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0110_remembered_units"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            track(manager, table).await?;
        }
        manager.create_index(index(unit::Entity, &[unit::Column::Code])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("directory_units_code").table(unit::Entity).to_owned()).await?;
        for table in TABLES {
            untrack(manager, table).await?;
        }
        Ok(())
    }
}
