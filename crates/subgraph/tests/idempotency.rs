//! A repeated key does not repeat the effect.

use sea_orm_migration::prelude::*;
use subgraph::database::begin;
use subgraph::idempotency::{Claim, Migration, claim};
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Migration)]
    }
}

#[tokio::test]
async fn the_same_key_answers_with_the_first_result_and_refuses_other_input() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let (person, first, second) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let transaction = begin(&database.connection).await.unwrap();
        assert_eq!(claim(&transaction, person, "k", "a", first).await.unwrap(), Claim::Fresh, "{backend:?}");
        transaction.commit().await.unwrap();

        let again = begin(&database.connection).await.unwrap();
        assert_eq!(
            claim(&again, person, "k", "a", second).await.unwrap(),
            Claim::Replay(first),
            "{backend:?}"
        );
        assert_eq!(claim(&again, person, "k", "b", second).await.unwrap(), Claim::Mismatch, "{backend:?}");
        assert_eq!(
            claim(&again, Uuid::now_v7(), "k", "b", second).await.unwrap(),
            Claim::Fresh,
            "{backend:?}"
        );
        again.rollback().await.unwrap();
    }
}
