//! League tables.

use analytics::bulk::FactRow;
use serde_json::{Value, json};
use subgraph::caller::Role;

use crate::world::{NOW, Tree, World, both, date, only_error, quiet_day, representations, units_query};

const RANGE: &str = "{ from: \"2024-07-01\", to: \"2024-07-07\" }";

/// Eight locations; no-show rates with two pairs of equal ones, one without appointments, one without facts.
async fn league(world: &World) -> Tree {
    let tree = Tree::new("n", 2, 1, 4);
    world.publish(&tree.units(), vec![]).await;
    let appointments = [(1, 10), (3, 10), (2, 20), (6, 20), (0, 7), (7, 7), (0, 0)];
    let rows: Vec<FactRow> = tree
        .locations
        .iter()
        .zip(appointments)
        .map(|(location, (no_show, booked))| FactRow {
            appointments_no_show: no_show,
            appointments_booked: booked,
            revenue: 1000 + booked,
            ..quiet_day(location, date("2024-07-03"))
        })
        .collect();
    world.record(&rows).await;
    tree
}

/// Codes with ranks, of all entries.
fn places(ranking: &Value, tree: &Tree) -> Vec<(i64, usize)> {
    let place = |entry: &Value| {
        let id = entry["unit"]["id"].as_str().unwrap();
        let location = tree.locations.iter().position(|location| location.id.to_string() == id).unwrap();
        (entry["rank"].as_i64().unwrap(), location)
    };
    ranking["nodes"].as_array().unwrap().iter().map(place).collect()
}

#[tokio::test]
async fn equal_figures_share_a_rank() {
    for (backend, world) in both().await {
        let tree = league(&world).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        world.unit(person, &tree.network, "id").await;
        for (order, statements, expected) in [
            ("LOWEST_FIRST", 3, [(1, 4), (2, 0), (2, 2), (4, 1), (4, 3), (6, 5)]),
            ("HIGHEST_FIRST", 2, [(1, 5), (2, 1), (2, 3), (4, 0), (4, 2), (6, 4)]),
        ] {
            let query = format!(
                "query ($unit: ID!) {{
                    locationRanking(unitId: $unit, metric: NO_SHOW_RATE, range: {RANGE}, order: {order}) {{
                        from to currency totalCount unranked
                        nodes {{ rank value {{ number money {{ amountMinor }} }} unit {{ id }} }} }} }}"
            );
            let data = world.data(person, &query, json!({ "unit": tree.network.id })).await;
            assert_eq!(
                world.database.statements.take(),
                statements,
                "unit, revision, figures once: {backend:?}"
            );
            let ranking = &data["locationRanking"];
            assert_eq!(places(ranking, &tree), expected, "{backend:?} {order}");
            assert_eq!(ranking["totalCount"], 6);
            assert_eq!(ranking["unranked"], 2, "one without facts, one without appointments");
            assert_eq!(ranking["currency"], Value::Null);
            assert_eq!(ranking["nodes"][1]["value"]["money"], Value::Null);
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_in_both_directions() {
    for (backend, world) in both().await {
        let tree = league(&world).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let page = async |arguments: String| {
            let fields = format!(
                "ranking(metric: NO_SHOW_RATE, range: {RANGE}, order: LOWEST_FIRST, {arguments}) {{
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
                    nodes {{ rank unit {{ id }} }} }}"
            );
            world.unit(person, &tree.network, &fields).await["ranking"].take()
        };
        let whole = page("first: 100".to_owned()).await;
        let whole = places(&whole, &tree);
        let (mut forwards, mut arguments) = (Vec::new(), "first: 2".to_owned());
        loop {
            let next = page(arguments).await;
            forwards.extend(places(&next, &tree));
            if next["pageInfo"]["hasNextPage"] == false {
                break;
            }
            arguments = format!("first: 2, after: {}", next["pageInfo"]["endCursor"]);
        }
        assert_eq!(forwards, whole, "{backend:?}");
        let (mut backwards, mut arguments) = (Vec::new(), "last: 4".to_owned());
        loop {
            let previous = page(arguments).await;
            let mut entries = places(&previous, &tree);
            entries.append(&mut backwards);
            backwards = entries;
            if previous["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
            arguments = format!("last: 4, before: {}", previous["pageInfo"]["startCursor"]);
        }
        assert_eq!(backwards, whole, "{backend:?}");
    }
}

#[tokio::test]
async fn money_ranks_within_one_currency() {
    for (backend, world) in both().await {
        let mut tree = league(&world).await;
        let mut swiss = tree.locations.split_off(6);
        swiss[0].currency = "CHF".to_owned();
        world.publish(&swiss[..1], vec![]).await;
        let row = FactRow { revenue: 99_999, ..quiet_day(&swiss[0], date("2024-07-03")) };
        world.record(&[row]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let ranking = async |currency: &str| {
            let fields = format!(
                "ranking(metric: REVENUE, range: {RANGE}{currency}) {{ currency totalCount unranked
                    nodes {{ value {{ number money {{ amountMinor currency }} }} }} }}"
            );
            world.unit(person, &tree.network, &fields).await["ranking"].take()
        };
        let own = ranking("").await;
        assert_eq!((&own["currency"], &own["totalCount"]), (&json!("USD"), &json!(6)), "{backend:?}");
        let other = ranking(", currency: \"CHF\"").await;
        assert_eq!(
            other,
            json!({
                "currency": "CHF", "totalCount": 1, "unranked": 7,
                "nodes": [
                    { "value": { "number": null, "money": { "amountMinor": 99_999, "currency": "CHF" } } }
                ],
            }),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn one_statement_ranks_any_number_of_units() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 10, 10, 1);
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let units: Vec<_> = tree.groups.iter().collect();
        world.units(person, &units[..1], "id").await;
        let fields = format!(
            "a: ranking(metric: REVENUE, range: {RANGE}) {{ unranked }}
             b: ranking(metric: UTILIZATION, range: {RANGE}) {{ unranked }}"
        );
        let answers = world.units(person, &units, &fields).await;
        assert_eq!(world.database.statements.take(), 2, "{backend:?}");
        assert!(answers.iter().all(|answer| answer["a"]["unranked"] == 1), "{backend:?}");
    }
}

#[tokio::test]
async fn a_ranking_out_of_sight_is_null() {
    for (backend, world) in both().await {
        let tree = league(&world).await;
        let manager = world.person(Role::Manager, &tree.regions[0]).await;
        let query = format!(
            "query ($unit: ID!) {{
                locationRanking(unitId: $unit, metric: REVENUE, range: {RANGE}) {{ totalCount }} }}"
        );
        for unit in [json!(tree.network.id), json!(tree.regions[1].id), json!("17")] {
            let data = world.data(manager, &query, json!({ "unit": unit })).await;
            assert_eq!(data["locationRanking"], Value::Null, "{backend:?} {unit}");
        }
        let data = world.data(manager, &query, json!({ "unit": tree.regions[0].id })).await;
        assert_eq!(data["locationRanking"]["totalCount"], 4, "{backend:?}");
    }
}

#[tokio::test]
async fn arguments_that_mean_nothing_are_refused() {
    let world = World::new(subgraph::testing::Backend::Sqlite).await;
    let tree = league(&world).await;
    let person = world.person(Role::Analyst, &tree.network).await;
    // A cursor with a key that is no figure: sixteen bytes of id, then `x`.
    let foreign = "AAAAAAAAAAAAAAAAAAAAAHg";
    for (arguments, message) in [
        ("first: 101".to_owned(), "`first` must be between 0 and 100, not 101"),
        (
            format!("after: \"{foreign}\""),
            "the cursor is not one this ranking gave out: use `endCursor` of a page",
        ),
        ("currency: \"usd\"".to_owned(), "`usd` is not an ISO 4217 code such as `EUR`"),
    ] {
        let fields = format!("ranking(metric: REVENUE, range: {RANGE}, {arguments}) {{ totalCount }}");
        let units = representations(&[&tree.network]);
        let response = world.respond(person, &units_query(&fields), units, NOW).await;
        assert_eq!(only_error(&response), ("BAD_USER_INPUT".to_owned(), message.to_owned()), "{arguments}");
    }
}
