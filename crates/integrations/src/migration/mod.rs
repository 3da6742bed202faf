//! The service's tables, one migration a file, in order.

mod integrations;

use sea_orm_migration::prelude::*;

/// Migrates the service's database.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(subgraph::directory::Migration),
            Box::new(subgraph::idempotency::Migration),
            Box::new(integrations::Migration),
            Box::new(subgraph::revision::Migration(&["integrations"])),
            Box::new(subgraph::changes::Migration),
            Box::new(subgraph::changes::DetailMigration),
            Box::new(subgraph::revision::TruncateMigration),
            Box::new(subgraph::load::Migration),
        ]
    }
}
