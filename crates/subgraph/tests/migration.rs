//! Bringing a database up to date.

use futures::future::join_all;
use sea_orm_migration::prelude::*;
use subgraph::database::{DatabaseConfig, open};
use subgraph::directory::Migration;
use subgraph::testing::{Backend, TestDatabase};

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Migration)]
    }
}

/// Leaves a database empty.
struct Nothing;

#[async_trait::async_trait]
impl MigratorTrait for Nothing {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Vec::new()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_start_at_the_same_moment_all_start() {
    const REPLICAS: usize = 8;
    for round in 0..3 {
        let empty = TestDatabase::new::<Nothing>(Backend::Postgres).await;
        let config = DatabaseConfig::new(&empty.url);
        let started = join_all((0..REPLICAS).map(|_| {
            let config = config.clone();
            tokio::spawn(async move { open::<Migrator>(&config).await })
        }));
        for replica in started.await {
            let connection = replica.unwrap().unwrap_or_else(|error| panic!("round {round}: {error}"));
            let applied = Migrator::get_applied_migrations(&connection).await.unwrap();
            assert_eq!(applied.len(), 1, "round {round}");
        }
    }
}
