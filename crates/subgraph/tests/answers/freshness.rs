//! A remembered answer is never older than the data, whoever changed it.

use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use subgraph::database::begin;
use subgraph::testing::Backend;

use super::shop::{Chain, Shop, sale, scope};

#[tokio::test]
async fn an_answer_is_computed_once_and_then_costs_one_statement() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        process.sell(&chain.locations[0], 5).await;
        let everyone = scope(&[&chain.network]);
        let units: Vec<_> =
            [&chain.network].into_iter().chain(&chain.groups).chain(&chain.locations).collect();
        let expected = [5, 5, 0, 5, 0, 0, 0].map(Some);
        process.statements.take();
        assert_eq!(process.ask(&everyone, &units).await.unwrap(), expected, "{backend:?}");
        assert_eq!(
            (process.computed(), process.statements.take()),
            (1, 2),
            "{backend:?}: all units together"
        );
        for _ in 0..3 {
            assert_eq!(process.ask(&everyone, &units).await.unwrap(), expected, "{backend:?}");
            assert_eq!((process.computed(), process.statements.take()), (0, 1), "{backend:?}");
        }
        assert_eq!(process.ask(&everyone, &units[2..4]).await.unwrap(), expected[2..4], "{backend:?}");
        assert_eq!(process.computed(), 0, "{backend:?}: each unit's answer is remembered by itself");
    }
}

#[tokio::test]
async fn every_kind_of_change_by_any_process_is_seen_at_once() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let (reader, writer) = (shop.process().await, shop.process().await);
        writer.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        let takings = async |unit| {
            let here = reader.takings(&everyone, unit).await;
            assert_eq!(writer.takings(&everyone, unit).await, here, "{backend:?}");
            here
        };
        assert_eq!(takings(&chain.network).await, 0);
        let sale = writer.sell(&chain.locations[0], 5).await;
        reader.sell(&chain.locations[3], 2).await;
        assert_eq!(takings(&chain.network).await, 7, "{backend:?}: inserted");

        let corrected = sale::ActiveModel { id: Set(sale), amount: Set(9), ..Default::default() };
        corrected.update(&writer.database).await.unwrap();
        assert_eq!(takings(&chain.network).await, 11, "{backend:?}: updated");
        assert_eq!(takings(&chain.groups[0]).await, 9, "{backend:?}");

        let mut moved = chain.locations[0].clone();
        moved.group_id = chain.locations[3].group_id;
        writer.publish(vec![moved]).await;
        assert_eq!(takings(&chain.groups[0]).await, 0, "{backend:?}: moved away");
        assert_eq!(takings(&chain.groups[1]).await, 11, "{backend:?}: moved here");

        sale::Entity::delete_by_id(sale).exec(&writer.database).await.unwrap();
        assert_eq!(takings(&chain.network).await, 2, "{backend:?}: deleted");

        let elsewhere = Chain::new("b");
        writer.publish(elsewhere.units()).await;
        let both = scope(&[&chain.network, &elsewhere.network]);
        assert_eq!(reader.takings(&both, &elsewhere.network).await, 0, "{backend:?}");
        let given = sale::Entity::update_many()
            .set(sale::ActiveModel {
                network_id: Set(elsewhere.network.id),
                unit_id: Set(elsewhere.locations[0].id),
                ..Default::default()
            })
            .filter(sale::Column::NetworkId.eq(chain.network.id));
        given.exec(&writer.database).await.unwrap();
        assert_eq!(takings(&chain.network).await, 0, "{backend:?}: given to another network");
        assert_eq!(reader.takings(&both, &elsewhere.network).await, 2, "{backend:?}: taken from another");

        // What empties a whole table: without any trigger for its rows on PostgreSQL.
        let all = if backend == Backend::Postgres { "TRUNCATE sales" } else { "DELETE FROM sales" };
        writer.database.execute_unprepared(all).await.unwrap();
        assert_eq!(reader.takings(&both, &elsewhere.network).await, 0, "{backend:?}: {all}");
    }
}

#[tokio::test]
async fn what_changes_in_another_network_or_not_at_all_costs_nothing() {
    for backend in Backend::ALL {
        let (shop, chain, other) = (Shop::new(backend).await, Chain::new("a"), Chain::new("b"));
        let process = shop.process().await;
        process.publish([chain.units(), other.units()].concat()).await;
        let everyone = scope(&[&chain.network, &other.network]);
        assert_eq!(process.takings(&everyone, &chain.network).await, 0);
        process.computed();
        process.sell(&other.locations[0], 5).await;
        let transaction = begin(&process.database).await.unwrap();
        sale::Entity::delete_many()
            .filter(sale::Column::NetworkId.eq(chain.network.id))
            .exec(&transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(process.takings(&everyone, &chain.network).await, 0, "{backend:?}");
        assert_eq!(process.computed(), 0, "{backend:?}");
    }
}

#[tokio::test]
async fn a_transaction_shows_when_it_commits_and_not_when_it_is_rolled_back() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        let sell = format!(
            "INSERT INTO sales (id, network_id, unit_id, amount) SELECT id, network_id, id, 5 FROM directory_units WHERE code = '{}'",
            chain.locations[0].code
        );
        let transaction = begin(&process.database).await.unwrap();
        transaction.execute_unprepared(&sell).await.unwrap();
        assert_eq!(process.takings(&everyone, &chain.network).await, 0, "{backend:?}: not yet");
        transaction.rollback().await.unwrap();
        assert_eq!(process.takings(&everyone, &chain.network).await, 0, "{backend:?}: never");

        let transaction = begin(&process.database).await.unwrap();
        transaction.execute_unprepared(&sell).await.unwrap();
        assert_eq!(process.takings(&everyone, &chain.network).await, 0, "{backend:?}: not yet");
        transaction.commit().await.unwrap();
        assert_eq!(process.takings(&everyone, &chain.network).await, 5, "{backend:?}: now");
    }
}

#[tokio::test]
async fn a_failure_is_told_and_not_remembered() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        process.till.failures.store(1, std::sync::atomic::Ordering::SeqCst);
        let failed = process.ask(&everyone, &[&chain.network]).await;
        assert_eq!(failed, Err("internal error".to_owned()), "{backend:?}");
        assert_eq!(process.takings(&everyone, &chain.network).await, 0, "{backend:?}");
    }
}
