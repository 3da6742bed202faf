//! The tables of the service, one file each, in the order they are made.

mod acknowledgements;
mod alert_watch;
mod append_only;
mod audit;
mod audit_chain;
mod audit_loads;
mod documents;
mod requirements;
mod reviews;

use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(subgraph::directory::Migration),
            Box::new(subgraph::idempotency::Migration),
            Box::new(requirements::Migration),
            Box::new(reviews::Migration),
            Box::new(documents::Migration),
            Box::new(acknowledgements::Migration),
            Box::new(audit::Migration),
            Box::new(subgraph::revision::Migration(&["requirements"])),
            Box::new(subgraph::changes::Migration),
            Box::new(subgraph::changes::DetailMigration),
            Box::new(subgraph::revision::TruncateMigration),
            Box::new(audit_chain::Migration),
            Box::new(subgraph::load::Migration),
            Box::new(audit_loads::Migration),
            Box::new(alert_watch::Migration),
        ]
    }
}

/// An index named after its table and columns.
fn index<T, C>(table: T, columns: &[C]) -> IndexCreateStatement
where
    T: Iden + Copy + 'static,
    C: Iden + Copy + 'static,
{
    let names: Vec<String> = columns.iter().map(|column| column.to_string()).collect();
    let mut index = Index::create();
    index.name(format!("{}_{}", table.to_string(), names.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
