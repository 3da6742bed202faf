//! Answers while others ask and write at the same time.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures::future::join_all;
use futures::{join, poll};
use subgraph::testing::Backend;

use super::shop::{Chain, Shop, scope};

#[tokio::test]
async fn equal_questions_at_once_are_computed_once() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        let alike = async || join_all((0..20).map(|_| process.takings(&everyone, &chain.network))).await;
        for sold in 1..=3 {
            process.sell(&chain.locations[0], 1).await;
            process.till.holds.store(true, Ordering::SeqCst);
            let (answers, ()) = join!(alike(), async {
                process.has_read().await;
                process.let_go_on();
            });
            assert_eq!(answers, [sold; 20], "{backend:?}");
            assert_eq!(process.computed(), 1, "{backend:?}");
        }
    }
}

#[tokio::test]
async fn what_was_read_before_a_change_does_not_outlive_it() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let (process, writer) = (shop.process().await, shop.process().await);
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        process.till.holds.store(true, Ordering::SeqCst);
        let (early, ()) = join!(process.takings(&everyone, &chain.network), async {
            process.has_read().await;
            writer.sell(&chain.locations[0], 5).await;
            process.let_go_on();
        });
        assert_eq!(early, 0, "{backend:?}: read before");
        assert_eq!(process.takings(&everyone, &chain.network).await, 5, "{backend:?}: asked after");
    }
}

#[tokio::test]
async fn who_waits_goes_on_when_who_computes_is_dropped() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        process.till.holds.store(true, Ordering::SeqCst);
        process.statements.take();
        let mut first = Box::pin(process.takings(&everyone, &chain.network));
        let mut second = Box::pin(process.takings(&everyone, &chain.network));
        tokio::select! {
            _ = &mut first => panic!("the first does not wait"),
            () = process.has_read() => {}
        }
        let mut statements = process.statements.take();
        assert_eq!(statements, 2, "{backend:?}: revisions and takings");
        // Until the second has read the revision, too, and for some turns more.
        let mut turns = 0;
        while turns < 20 {
            assert!(poll!(&mut second).is_pending(), "{backend:?}");
            tokio::task::yield_now().await;
            statements += process.statements.take();
            turns = if statements > 2 { turns + 1 } else { 0 };
        }
        assert_eq!(process.computed(), 1, "{backend:?}: the second waits for the first");
        drop(first);
        process.let_go_on();
        assert_eq!(second.await, 0, "{backend:?}");
        assert_eq!(process.computed(), 1, "{backend:?}: the second computes in its place");
    }
}

/// Two processes ask all the time while a third sells: whoever asks after a sale was made is told of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_less_than_was_there_when_they_asked() {
    const SALES: i64 = 60;
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let (readers, writer) = ([shop.process().await, shop.process().await], shop.process().await);
        writer.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        let (begun, made, over) = (AtomicI64::new(0), AtomicI64::new(0), AtomicBool::new(false));
        let sell = async {
            for sold in 1..=SALES {
                begun.store(sold, Ordering::SeqCst);
                writer.sell(&chain.locations[0], 1).await;
                made.store(sold, Ordering::SeqCst);
            }
            over.store(true, Ordering::SeqCst);
        };
        let ask = async |reader: usize| {
            let mut asked = 0;
            while !over.load(Ordering::SeqCst) {
                let before = made.load(Ordering::SeqCst);
                let told = readers[reader].takings(&everyone, &chain.network).await;
                let after = begun.load(Ordering::SeqCst);
                assert!((before..=after).contains(&told), "{backend:?}: {told} is not in {before}..={after}");
                asked += 1;
            }
            asked
        };
        let ((), asked) = join!(sell, join_all([0, 0, 0, 1, 1, 1].map(ask)));
        println!(
            "{backend:?}: {asked:?} answers, computed {:?}",
            readers.each_ref().map(|one| one.computed())
        );
        for reader in &readers {
            assert_eq!(reader.takings(&everyone, &chain.network).await, SALES, "{backend:?}");
        }
    }
}

/// Writers of one network wait for each other at most, and each leaves a revision of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_once_are_all_told_of() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        for round in 1..=5 {
            join_all((0..8).map(|at| process.sell(&chain.locations[at % 4], 1))).await;
            assert_eq!(process.takings(&everyone, &chain.network).await, round * 8, "{backend:?}");
        }
    }
}
