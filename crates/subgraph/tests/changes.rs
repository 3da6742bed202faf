//! The log of changes: whoever follows it sees each change once, in order, whatever overlaps and restarts.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, SubsecRound, Utc};
use futures::future::join_all;
use futures::stream::{Stream, StreamExt};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use sea_orm_migration::prelude::*;
use subgraph::Error;
use subgraph::changes::{DetailMigration, Feed, Migration, NewChange, Recorded, change, newest, record};
use subgraph::database::{DatabaseConfig, begin, open};
use subgraph::subscription::Limits;
use subgraph::testing::{Backend, TestDatabase};
use uuid::Uuid;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Migration), Box::new(DetailMigration)]
    }
}

/// Longer than any test: whoever waits for it is not told.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// Limits under which followers learn only what they are told.
const TOLD: Limits =
    Limits { open: 10, of_caller: 10, behind: 1000, looks_again: NEVER, send_timeout: NEVER };

fn change_of(network_id: Uuid, occurred_at: DateTime<Utc>) -> NewChange {
    NewChange {
        network_id,
        entity: "THING",
        entity_id: Uuid::now_v7(),
        unit_id: network_id,
        former_unit_id: None,
        kind: "MADE".to_owned(),
        occurred_at,
        detail: None,
    }
}

/// Records so many changes of a network in one transaction.
async fn made(database: &TestDatabase, network: Uuid, count: usize, when: DateTime<Utc>) -> Recorded {
    let transaction = begin(&database.connection).await.unwrap();
    let changes = (0..count).map(|_| change_of(network, when)).collect();
    let recorded = record(&transaction, changes).await.unwrap();
    transaction.commit().await.unwrap();
    recorded
}

type Changes = Pin<Box<dyn Stream<Item = subgraph::Result<Arc<change::Model>>> + Send>>;

async fn follow(feed: &Arc<Feed>, network: Uuid, after: Option<i64>) -> Changes {
    feed.follow(network, after).await.unwrap().boxed()
}

/// The revisions of the next changes.
async fn revisions(changes: &mut Changes, count: usize) -> Vec<i64> {
    let next = changes.take(count).map(|change| change.unwrap().revision);
    next.collect().await
}

/// What a follower that ends is told at last.
async fn last(changes: Changes) -> Error {
    let all: Vec<_> = changes.collect().await;
    all.into_iter().last().unwrap().unwrap_err()
}

#[tokio::test]
async fn changes_are_told_as_they_happen_and_from_any_revision_on() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let feed = Arc::new(Feed::new(database.connection.clone(), TOLD));
        let (network, other) = (Uuid::now_v7(), Uuid::now_v7());
        let when = Utc::now().trunc_subsecs(6);
        feed.announce(&made(&database, network, 2, when).await);
        let mut live = follow(&feed, network, None).await;
        let mut all = follow(&feed, network, Some(0)).await;
        feed.announce(&made(&database, other, 1, when).await);
        feed.announce(&made(&database, network, 1, when).await);
        let change = live.next().await.unwrap().unwrap();
        let told = (change.revision, change.entity.as_str(), change.kind.as_str(), change.occurred_at);
        assert_eq!(told, (3, "THING", "MADE", when), "{backend:?}");
        assert_eq!(revisions(&mut all, 3).await, [1, 2, 3], "{backend:?}");

        // Another process, which nobody tells anything, goes on where this one ended.
        let connection = open::<Migrator>(&DatabaseConfig::new(&database.url)).await.unwrap();
        let restarted = Arc::new(Feed::new(connection, TOLD));
        assert_eq!(
            revisions(&mut follow(&restarted, network, Some(1)).await, 2).await,
            [2, 3],
            "{backend:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_transactions_are_told_completely_in_order_and_once() {
    const WRITERS: usize = 6;
    const ROUNDS: usize = 12;
    for backend in Backend::ALL {
        let database = Arc::new(TestDatabase::new::<Migrator>(backend).await);
        let feed = Arc::new(Feed::new(database.connection.clone(), TOLD));
        let networks = [Uuid::now_v7(), Uuid::now_v7()];
        let mut live = HashMap::new();
        for network in networks {
            live.insert(network, follow(&feed, network, None).await);
        }
        let writers = (0..WRITERS).map(|writer| {
            let (database, feed) = (database.clone(), feed.clone());
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    let transaction = begin(&database.connection).await.unwrap();
                    // In either order, which must not make two wait for each other.
                    let mut both = networks;
                    both.rotate_left((writer + round) % 2);
                    let changes = both.map(|network| change_of(network, Utc::now())).to_vec();
                    let recorded = record(&transaction, changes).await.unwrap();
                    if round % 3 == 0 {
                        transaction.rollback().await.unwrap();
                    } else {
                        transaction.commit().await.unwrap();
                        feed.announce(&recorded);
                    }
                }
            })
        });
        for writer in join_all(writers).await {
            writer.unwrap();
        }
        let expected: Vec<i64> = (1..).take(WRITERS * (ROUNDS - ROUNDS.div_ceil(3))).collect();
        for (network, mut live) in live {
            assert_eq!(revisions(&mut live, expected.len()).await, expected, "{backend:?} live");
            let mut all = follow(&feed, network, Some(0)).await;
            assert_eq!(revisions(&mut all, expected.len()).await, expected, "{backend:?} from the log");
        }
    }
}

#[tokio::test]
async fn what_nobody_tells_is_found_out() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let network = Uuid::now_v7();
        // PostgreSQL tells; on SQLite it takes a look.
        let looks_again = if backend == Backend::Postgres { NEVER } else { Duration::from_millis(1) };
        let feed = Arc::new(Feed::new(database.connection.clone(), Limits { looks_again, ..TOLD }));
        let mut live = follow(&feed, network, None).await;
        let _not_told = made(&database, network, 1, Utc::now()).await;
        assert_eq!(revisions(&mut live, 1).await, [1], "{backend:?}");
        let _not_told = made(&database, network, 2, Utc::now()).await;
        assert_eq!(revisions(&mut live, 2).await, [2, 3], "{backend:?}");
    }
}

#[tokio::test]
async fn whoever_is_late_catches_up_and_whoever_is_too_late_is_told_to_begin_anew() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let feed = Arc::new(Feed::new(database.connection.clone(), TOLD));
        let network = Uuid::now_v7();
        let mut live = follow(&feed, network, None).await;
        feed.announce(&made(&database, network, 1, Utc::now()).await);
        assert_eq!(revisions(&mut live, 1).await, [1], "{backend:?}");
        // More than is held for those who are a little late.
        feed.announce(&made(&database, network, 700, Utc::now()).await);
        let expected: Vec<i64> = (2..702).collect();
        assert_eq!(revisions(&mut live, 700).await, expected, "{backend:?}");
        // Somebody who keeps up has seen all of them when the other begins to look.
        let mut other = follow(&feed, network, None).await;
        feed.announce(&made(&database, network, 1, Utc::now()).await);
        assert_eq!(revisions(&mut live, 1).await, [702], "{backend:?}");
        assert_eq!(revisions(&mut other, 1).await, [702], "{backend:?}");
        // More than would be made up for does not cut off who was there before, however slowly they read.
        feed.announce(&made(&database, network, 1001, Utc::now()).await);
        for changes in [&mut other, &mut live] {
            let told = revisions(changes, 1001).await;
            assert_eq!((told[0], told[1000]), (703, 1703), "{backend:?}");
        }
        let error = feed.follow(network, Some(702)).await.map(drop).unwrap_err();
        assert!(matches!(&error, Error::Missed(_)), "{backend:?}: {error}");
        assert_eq!(
            error.to_string(),
            "revision 702 is 1001 changes ago, more than 1000 are not made up for: read again what you show, and \
             follow what happens from then on",
            "{backend:?}"
        );
        assert_eq!(revisions(&mut follow(&feed, network, Some(703)).await, 1).await, [704], "{backend:?}");
    }
}

#[tokio::test]
async fn a_load_of_very_much_data_is_not_listed_and_followers_are_told_to_begin_anew() {
    const MUCH: usize = 100_001;
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let feed = Arc::new(Feed::new(database.connection.clone(), TOLD));
        let network = Uuid::now_v7();
        feed.announce(&made(&database, network, 1, Utc::now()).await);
        let live = follow(&feed, network, None).await;
        feed.announce(&made(&database, network, MUCH, Utc::now()).await);
        let error = last(live).await;
        assert_eq!(
            error.to_string(),
            "what happened after revision 1 is not listed: it is too long ago, or was too much at once: read again \
             what you show, and follow what happens from then on",
            "{backend:?}"
        );
        let listed = change::Entity::find().count(&database.connection).await.unwrap();
        assert_eq!(listed, 2, "{backend:?}: the one before, and the last of them");
        let newest = newest(&database.connection, network).await.unwrap();
        assert_eq!(newest, 100_002, "{backend:?}");
        let mut live = follow(&feed, network, Some(newest)).await;
        feed.announce(&made(&database, network, 1, Utc::now()).await);
        assert_eq!(revisions(&mut live, 1).await, [100_003], "{backend:?}");
    }
}

#[tokio::test]
async fn a_revision_that_has_not_been_is_refused() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let feed = Arc::new(Feed::new(database.connection.clone(), TOLD));
        let network = Uuid::now_v7();
        let _recorded = made(&database, network, 2, Utc::now()).await;
        for after in [-1, 3] {
            let refused = feed.follow(network, Some(after)).await.map(drop).unwrap_err();
            let message = format!("there has not been a revision {after}: the newest is 2");
            assert!(matches!(&refused, Error::BadInput(text) if *text == message), "{backend:?}: {refused}");
        }
    }
}

#[tokio::test]
async fn old_changes_make_room_and_whoever_asks_for_them_is_told() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let feed = Arc::new(Feed::new(database.connection.clone(), TOLD));
        let (network, other) = (Uuid::now_v7(), Uuid::now_v7());
        let now = Utc::now();
        let _recorded = made(&database, network, 5, now).await;
        let _recorded = made(&database, other, 1, now).await;
        change::Entity::update_many()
            .col_expr(change::Column::OccurredAt, Expr::value(now - Days::new(8)))
            .exec(&database.connection)
            .await
            .unwrap();
        let kept = async |network: Uuid| {
            let of_network = change::Entity::find().filter(change::Column::NetworkId.eq(network));
            of_network.count(&database.connection).await.unwrap()
        };
        for (added, left) in [(1, 4), (1, 3), (2, 4)] {
            let _recorded = made(&database, network, added, now).await;
            assert_eq!(kept(network).await, left, "{backend:?}");
        }
        assert_eq!(kept(other).await, 1, "{backend:?}");
        assert_eq!(newest(&database.connection, network).await.unwrap(), 9, "{backend:?}");
        let error = last(follow(&feed, network, Some(4)).await).await;
        assert_eq!(
            error.to_string(),
            "what happened after revision 4 is not listed: it is too long ago, or was too much at once: read again \
             what you show, and follow what happens from then on",
            "{backend:?}"
        );
        assert_eq!(
            revisions(&mut follow(&feed, network, Some(5)).await, 4).await,
            [6, 7, 8, 9],
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn the_log_is_made_and_removed() {
    for backend in Backend::ALL {
        let database = TestDatabase::new::<Migrator>(backend).await;
        let _recorded = made(&database, Uuid::now_v7(), 1, Utc::now()).await;
        Migrator::down(&database.connection, None).await.unwrap();
        assert!(change::Entity::find().one(&database.connection).await.is_err(), "{backend:?}");
        Migrator::up(&database.connection, None).await.unwrap();
        assert_eq!(change::Entity::find().count(&database.connection).await.unwrap(), 0, "{backend:?}");
    }
}
