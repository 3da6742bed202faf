//! Loads cannot commit without a notice of them.

use sea_orm_migration::{MigrationTrait, MigratorTrait};
use subgraph::load::{Counts, Kind, Load, Migration, Record, Source, handed_over, notice, refuse, waiting};
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Migration)]
    }
}

const OURS: Uuid = Uuid::from_u128(1);
const THEIRS: Uuid = Uuid::from_u128(2);

fn source() -> Source {
    Source { name: "shops.csv".to_owned(), digest: Some("ab".repeat(32)), by: "ann".to_owned() }
}

async fn load(database: &TestDatabase) -> Load {
    Load::begin(&database.connection, source()).await.unwrap()
}

async fn notices(database: &TestDatabase) -> Vec<notice::Model> {
    waiting(&database.connection).await.unwrap()
}

#[tokio::test]
async fn a_load_leaves_one_notice_for_each_network_that_it_changed() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let mut load = load(&database).await;
        load.made(Kind::Location, [OURS, THEIRS, OURS]);
        load.made(Kind::Region, [OURS]);
        load.count(OURS, Kind::Location, Counts { made: 0, changed: 4 });
        load.count(Uuid::from_u128(3), Kind::Location, Counts::default());
        load.commit().await.unwrap();
        let notices = notices(&database).await;
        let of = |network: Uuid| notices.iter().find(|notice| notice.network_id == network).unwrap();
        assert_eq!(notices.len(), 2, "{backend:?}: {notices:?}");
        let record = |kind, made, changed| Record { kind, counts: Counts { made, changed } };
        assert_eq!(
            of(OURS).records.0,
            [record(Kind::Region, 1, 0), record(Kind::Location, 2, 4)],
            "{backend:?}"
        );
        assert_eq!(of(THEIRS).records.0, [record(Kind::Location, 1, 0)], "{backend:?}");
        for notice in &notices {
            let source = Source {
                name: notice.source.clone(),
                digest: notice.digest.clone(),
                by: notice.loaded_by.clone(),
            };
            assert_eq!((source, notice.refused), (self::source(), 0), "{backend:?}");
        }
    }
}

#[tokio::test]
async fn what_changes_nothing_or_fails_leaves_no_notice() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        load(&database).await.commit().await.unwrap();
        let mut dropped = load(&database).await;
        dropped.made(Kind::Location, [OURS]);
        drop(dropped);
        assert_eq!(notices(&database).await, [], "{backend:?}");
    }
}

#[tokio::test]
async fn a_refused_load_is_noted_and_notices_wait_until_they_are_handed_over() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        refuse(&database.connection, OURS, &source(), 7).await.unwrap();
        let mut later = load(&database).await;
        later.made(Kind::Integration, [OURS]);
        later.commit().await.unwrap();
        let both = notices(&database).await;
        assert_eq!(both.iter().map(|notice| notice.refused).collect::<Vec<_>>(), [7, 0], "{backend:?}");
        handed_over(&database.connection, &both[..1]).await.unwrap();
        assert_eq!(notices(&database).await, both[1..], "{backend:?}");
    }
}
