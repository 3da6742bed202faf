//! The service's tables, in the order they came.

mod daily_facts;

use sea_orm_migration::prelude::*;

/// Brings an analytics database up to date.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(subgraph::directory::Migration),
            Box::new(subgraph::idempotency::Migration),
            Box::new(daily_facts::Migration),
            Box::new(subgraph::revision::Migration(&["daily_facts"])),
            Box::new(subgraph::changes::Migration),
            Box::new(subgraph::changes::DetailMigration),
            Box::new(subgraph::revision::TruncateMigration),
            Box::new(subgraph::load::Migration),
        ]
    }
}
