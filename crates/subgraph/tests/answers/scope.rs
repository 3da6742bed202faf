//! A remembered answer reaches only those who may see its unit, and memory has a bound.

use subgraph::answers::Memory;
use subgraph::caller::Scope;
use subgraph::testing::Backend;

use super::shop::{Chain, Shop, TakingsOf, scope};

#[tokio::test]
async fn what_somebody_was_told_is_not_told_to_who_may_not_see_it() {
    for backend in Backend::ALL {
        let (shop, chain, other) = (Shop::new(backend).await, Chain::new("a"), Chain::new("b"));
        let process = shop.process().await;
        process.publish([chain.units(), other.units()].concat()).await;
        process.sell(&chain.locations[0], 5).await;
        process.sell(&chain.locations[3], 2).await;
        let units =
            [&chain.network, &chain.groups[0], &chain.locations[0], &chain.locations[3], &other.network];
        // Each twice, in either order, so that everyone meets what the others have left behind.
        let callers = [
            (scope(&[&chain.network]), [Some(7), Some(5), Some(5), Some(2), None]),
            (scope(&[&chain.groups[0]]), [None, Some(5), Some(5), None, None]),
            (scope(&[&chain.locations[3]]), [None, None, None, Some(2), None]),
            (scope(&[&other.network]), [None, None, None, None, Some(0)]),
            (Scope::default(), [None; 5]),
        ];
        for (scope, expected) in callers.iter().chain(callers.iter().rev()) {
            assert_eq!(process.ask(scope, &units).await.unwrap(), expected, "{backend:?} {scope:?}");
        }
    }
}

#[tokio::test]
async fn a_unit_that_left_a_scope_is_not_told_any_more() {
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process().await;
        process.publish(chain.units()).await;
        let group = scope(&[&chain.groups[0]]);
        assert_eq!(process.ask(&group, &[&chain.locations[0]]).await.unwrap(), [Some(0)], "{backend:?}");
        let mut moved = chain.locations[0].clone();
        moved.group_id = chain.locations[3].group_id;
        process.publish(vec![moved]).await;
        assert_eq!(process.ask(&group, &[&chain.locations[0]]).await.unwrap(), [None], "{backend:?}");
    }
}

#[tokio::test]
async fn memory_stays_within_its_bound() {
    const BOUND: u64 = 2_000;
    for backend in Backend::ALL {
        let (shop, chain) = (Shop::new(backend).await, Chain::new("a"));
        let process = shop.process_with(Memory::new(BOUND)).await;
        process.publish(chain.units()).await;
        let everyone = scope(&[&chain.network]);
        let units: Vec<_> = chain.locations.iter().chain(&chain.groups).collect();
        let mut most = 0;
        for sold in 1..=20 {
            process.sell(&chain.locations[0], 1).await;
            let takings = process.ask(&everyone, &units).await.unwrap();
            assert_eq!(takings[0], Some(sold), "{backend:?}");
            most = most.max(process.memory.bytes::<TakingsOf>());
        }
        assert!((1..=BOUND).contains(&most), "{backend:?}: {most}");
    }
}
