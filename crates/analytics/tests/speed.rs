//! The time a network's figures take over two years of facts.

use std::time::{Duration, Instant};

use chrono::Days;
use serde_json::json;
use subgraph::caller::Role;
use subgraph::testing::Backend;

use crate::world::{Tree, World, before, days, generate};

/// Far above what is measured (6 to 12 ms), below what scans of all facts or repeated sums would take, even on
/// a busy machine.
const LIMIT: Duration = Duration::from_millis(250);

#[tokio::test]
async fn a_month_of_two_hundred_locations_is_read_without_reading_two_years() {
    let tree = Tree::new("n", 4, 5, 10);
    let rows = generate(&tree.locations, days("2022-08-01", "2024-07-30"));
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        world.publish(&tree.units(), vec![]).await;
        let start = Instant::now();
        world.record(&rows).await;
        println!("{backend:?}: {} facts loaded in {:?}", rows.len(), start.elapsed());
        let person = world.person(Role::Analyst, &tree.network).await;
        let mut best = Duration::MAX;
        // Another range each time, since what was computed once is remembered.
        for from in days("2024-07-01", "2024-07-05") {
            let range = format!("from: \"{}\", to: \"{}\"", before(from, 5), before(from, 5) + Days::new(29));
            let fields =
                format!("performance(range: {{ {range} }}) {{ locationsWithFacts change {{ ratio }} }}");
            let start = Instant::now();
            let answer = world.unit(person, &tree.network, &fields).await;
            best = best.min(start.elapsed());
            assert_eq!(answer["performance"]["locationsWithFacts"], json!(200), "{backend:?}");
        }
        println!("{backend:?}: 30 days and the 30 before in {best:?}");
        assert!(best < LIMIT, "{backend:?}: {best:?}");
    }
}
