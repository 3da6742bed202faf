//! A unit's standing among its peers.

use analytics::bulk::FactRow;
use serde_json::{Value, json};
use subgraph::caller::Role;

use crate::world::{Tree, World, both, date, quiet_day};

const RANGE: &str = "{ from: \"2024-07-01\", to: \"2024-07-07\" }";

fn fields(metric: &str) -> String {
    format!("peerStanding(metric: {metric}, range: {RANGE}) {{ percentile cohortSize missing }}")
}

/// Records transactions and no-shows (of ten appointments) for the first locations.
async fn record(world: &World, tree: &Tree, figures: &[i64]) {
    let rows: Vec<FactRow> = tree
        .locations
        .iter()
        .zip(figures)
        .map(|(location, figure)| FactRow {
            revenue: *figure,
            transactions: *figure,
            appointments_booked: 10,
            appointments_no_show: *figure,
            ..quiet_day(location, date("2024-07-05"))
        })
        .collect();
    world.record(&rows).await;
}

#[tokio::test]
async fn a_percentile_is_the_share_of_worse_peers_with_ties_counting_half() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 1, 1, 6);
        world.publish(&tree.units(), vec![]).await;
        record(&world, &tree, &[1, 2, 2, 5, 9]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let locations: Vec<_> = tree.locations.iter().collect();
        for (metric, percentiles) in [
            ("TRANSACTIONS", [0.0, 37.5, 37.5, 75.0, 100.0]),
            ("NO_SHOW_RATE", [100.0, 62.5, 62.5, 25.0, 0.0]),
        ] {
            let answers = world.units(person, &locations, &fields(metric)).await;
            let standing = |answer: &Value| answer["peerStanding"].clone();
            let mut expected: Vec<_> = percentiles
                .iter()
                .map(|percentile| json!({ "percentile": percentile, "cohortSize": 5, "missing": null }))
                .collect();
            expected.push(json!({ "percentile": null, "cohortSize": 0, "missing": "NO_FACTS" }));
            assert_eq!(answers.iter().map(standing).collect::<Vec<_>>(), expected, "{backend:?} {metric}");
        }
    }
}

#[tokio::test]
async fn fewer_than_five_comparable_units_give_no_standing() {
    for (backend, world) in both().await {
        let mut tree = Tree::new("n", 1, 2, 3);
        world.publish(&tree.units(), vec![]).await;
        record(&world, &tree, &[1, 2, 3, 4, 5]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let standing = async |tree: &Tree, metric: &str| {
            world.unit(person, &tree.locations[0], &fields(metric)).await["peerStanding"].take()
        };
        let too_small = json!({ "percentile": null, "cohortSize": 4, "missing": "COHORT_TOO_SMALL" });
        assert_eq!(standing(&tree, "REVENUE").await["cohortSize"], 5, "{backend:?}");

        // A location that no longer operates is no peer.
        tree.locations[4].status = "SUSPENDED".to_owned();
        world.publish(&tree.locations[4..5], vec![]).await;
        assert_eq!(standing(&tree, "REVENUE").await, too_small, "{backend:?}");
        let suspended = world.unit(person, &tree.locations[4], &fields("REVENUE")).await;
        assert_eq!(suspended["peerStanding"]["missing"], "NOT_OPERATING", "{backend:?}");
        tree.locations[4].status = "ACTIVE".to_owned();
        world.publish(&tree.locations[4..5], vec![]).await;

        // Amounts in another currency do not compare; counts do.
        tree.locations[3].currency = "EUR".to_owned();
        record(&world, &tree, &[1, 2, 3, 4, 5]).await;
        assert_eq!(standing(&tree, "REVENUE").await, too_small, "{backend:?}");
        assert_eq!(standing(&tree, "TRANSACTIONS").await["cohortSize"], 5, "{backend:?}");

        // Nor do locations of a group that does not operate.
        tree.groups[1].status = "TERMINATED".to_owned();
        world.publish(&tree.groups[1..], vec![]).await;
        assert_eq!(standing(&tree, "TRANSACTIONS").await["cohortSize"], 3, "{backend:?}");
    }
}

#[tokio::test]
async fn units_above_locations_stand_among_units_of_their_level() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 5, 1, 1);
        let other = Tree::new("m", 5, 1, 1);
        for tree in [&tree, &other] {
            world.publish(&tree.units(), vec![]).await;
            record(&world, tree, &[1, 2, 3, 4, 5]).await;
        }
        let person = world.person(Role::Analyst, &tree.network).await;
        let units: Vec<_> = tree.regions.iter().chain([&tree.network]).collect();
        world.units(person, &units[..1], "id").await;
        let answers = world.units(person, &units, &fields("REVENUE")).await;
        assert_eq!(world.database.statements.take(), 2, "{backend:?}");
        let percentiles: Vec<_> =
            answers.iter().map(|answer| answer["peerStanding"]["percentile"].clone()).collect();
        let expected = [json!(0.0), json!(25.0), json!(50.0), json!(75.0), json!(100.0), Value::Null];
        assert_eq!(percentiles, expected, "{backend:?}");
        assert_eq!(answers[5]["peerStanding"]["missing"], "NO_PEERS", "{backend:?}");
    }
}

#[tokio::test]
async fn a_location_stands_among_locations_that_its_people_may_not_see() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 1, 5, 1);
        world.publish(&tree.units(), vec![]).await;
        record(&world, &tree, &[1, 2, 3, 4, 5]).await;
        let franchisee = world.person(Role::Franchisee, &tree.groups[1]).await;
        let own = world.unit(franchisee, &tree.locations[1], &fields("REVENUE")).await;
        assert_eq!(own["peerStanding"]["percentile"], 25.0, "{backend:?}");
        let both = crate::world::representations(&[&tree.locations[1], &tree.locations[2]]);
        let query = crate::world::units_query(&fields("REVENUE"));
        let response = world.respond(franchisee, &query, both, crate::world::NOW).await;
        assert_eq!(crate::world::only_error(&response).0, "FORBIDDEN", "{backend:?}");
        let units = &response["data"]["_entities"];
        assert_eq!(units[0]["peerStanding"]["percentile"], 25.0, "{backend:?}");
        assert_eq!(units[1]["peerStanding"], Value::Null, "{backend:?}");
    }
}
