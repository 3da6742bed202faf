//! The service's tables, one file for each group of them.

mod demo;
mod people;
mod remembered;
mod units;

use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(subgraph::directory::Migration),
            Box::new(subgraph::idempotency::Migration),
            Box::new(people::Migration),
            Box::new(units::Migration),
            Box::new(subgraph::revision::Migration(&["locations"])),
            Box::new(demo::Migration),
            Box::new(remembered::Migration),
            Box::new(subgraph::changes::Migration),
            Box::new(subgraph::changes::DetailMigration),
            Box::new(subgraph::revision::TruncateMigration),
            Box::new(subgraph::load::Migration),
        ]
    }
}

/// A text column that both databases sort alike, by code points, whatever the locale of the server.
fn sorted_text<C: IntoIden>(manager: &SchemaManager<'_>, column: C) -> ColumnDef {
    let mut definition = ColumnDef::new(column);
    definition.text().not_null();
    if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
        definition.extra("COLLATE \"C\"");
    }
    definition
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

/// The same, unique.
fn unique<T, C>(table: T, columns: &[C]) -> IndexCreateStatement
where
    T: Iden + Copy + 'static,
    C: Iden + Copy + 'static,
{
    index(table, columns).unique().to_owned()
}
