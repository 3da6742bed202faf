//! Figures as they come in, as those who follow them are told.

use analytics::bulk::FactRow;
use async_graphql::{Request, Variables};
use futures::stream::{BoxStream, StreamExt};
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::caller::token::Subject;
use subgraph::directory::unit;
use subgraph::load::{Counts, Kind, Record, Records, handed_over, waiting};
use uuid::Uuid;

use crate::world::{Tree, World, both, date, days, quiet_day};

const CHANGES: &str = "subscription($within: ID!, $after: Int) {
    figuresChanged(within: $within, after: $after) { unitId unit { id } from to days revision } }";

/// The figures of a unit and of all below it from a revision on, or from here on.
fn following(
    world: &World,
    person: Uuid,
    within: &unit::Model,
    after: Option<i64>,
) -> BoxStream<'static, Value> {
    let variables = json!({ "within": within.id, "after": after });
    let request = Request::new(CHANGES).variables(Variables::from_json(variables));
    let responses = world.service.subscribe_as(Subject::Person(person, None), request);
    responses.map(|response| serde_json::to_value(response).unwrap()).boxed()
}

/// The next event, which has no errors.
async fn next(events: &mut BoxStream<'static, Value>) -> Value {
    let mut event = events.next().await.unwrap();
    assert!(event.get("errors").is_none(), "{event:#}");
    event["data"]["figuresChanged"].take()
}

fn told(location: &unit::Model, (from, to): (&str, &str), days: i32, revision: i64) -> Value {
    json!({ "unitId": location.id, "unit": { "id": location.id }, "from": from, "to": to, "days": days,
        "revision": revision })
}

fn quiet(location: &unit::Model, from: &str, to: &str) -> Vec<FactRow> {
    days(from, to).map(|day| quiet_day(location, day)).collect()
}

async fn revision(world: &World, person: Uuid, within: &unit::Model) -> Value {
    let query = "query($within: ID!) { figuresRevision(within: $within) }";
    world.data(person, query, json!({ "within": within.id })).await["figuresRevision"].take()
}

#[tokio::test]
async fn a_load_is_told_once_for_each_location_with_the_days_that_it_has() {
    for (backend, world) in both().await {
        let (tree, other) = (Tree::new("a", 1, 1, 2), Tree::new("b", 1, 1, 1));
        world.publish(&tree.units(), vec![]).await;
        world.publish(&other.units(), vec![]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        assert_eq!(revision(&world, person, &tree.network).await, 0, "{backend:?}");
        let mut events = following(&world, person, &tree.network, Some(0));
        let [first, second] = [&tree.locations[0], &tree.locations[1]];
        // More rows than a statement has, and days that are not in order.
        let mut rows = quiet(first, "2022-01-01", "2023-12-31");
        rows.extend(quiet(&other.locations[0], "2024-01-01", "2024-01-01"));
        rows.extend(quiet(second, "2024-02-02", "2024-02-03"));
        rows.extend(quiet(second, "2024-01-31", "2024-01-31"));
        world.record(&rows).await;
        let mut expected = [
            (first.id, told(first, ("2022-01-01", "2023-12-31"), 730, 1)),
            (second.id, told(second, ("2024-01-31", "2024-02-03"), 3, 2)),
        ];
        expected.sort_by_key(|(id, _)| *id);
        for (_, expected) in expected {
            assert_eq!(next(&mut events).await, expected, "{backend:?}");
        }
        assert_eq!(revision(&world, person, &tree.network).await, 2, "{backend:?}");
        assert_eq!(revision(&world, person, &other.network).await, Value::Null, "{backend:?}");

        // The same again, but for two days.
        for (row, revenue) in [(3, 100), (5, 200)] {
            rows[row].revenue = revenue;
        }
        world.record(&rows).await;
        let corrected = told(first, ("2022-01-04", "2022-01-06"), 2, 3);
        assert_eq!(next(&mut events).await, corrected, "{backend:?}");
        world.record(&rows).await;
        assert_eq!(revision(&world, person, &tree.network).await, 3, "{backend:?}: nothing differs");
    }
}

#[tokio::test]
async fn facts_that_are_recorded_are_told_unless_they_were_there_already() {
    for (backend, world) in both().await {
        let tree = Tree::new("a", 1, 1, 1);
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let location = &tree.locations[0];
        let mut events = following(&world, person, &tree.network, Some(0));
        for (revenue, day, changes) in [(5, "2024-07-01", 1), (5, "2024-07-01", 0), (6, "2024-07-01", 1)] {
            let document = "mutation($input: RecordFactsInput!) {
                recordFacts(input: $input) { inserted updated userErrors { message } } }";
            let fact = json!({ "locationId": location.id, "date": day, "revenueMinor": revenue,
                "transactions": 1, "appointmentsBooked": 0, "appointmentsCompleted": 0,
                "appointmentsCancelled": 0, "appointmentsNoShow": 0, "clientsServed": 0, "clientsNew": 0,
                "clientsReturning": 0, "chairMinutesAvailable": 0, "chairMinutesBooked": 0,
                "staffMinutes": 0 });
            let data = world.data(person, document, json!({ "input": { "facts": [fact] } })).await;
            let payload = &data["recordFacts"];
            let changed = payload["inserted"].as_i64().unwrap() + payload["updated"].as_i64().unwrap();
            assert_eq!(changed, changes, "{backend:?}: {payload}");
        }
        for revision in 1..=2 {
            let expected = told(location, ("2024-07-01", "2024-07-01"), 1, revision);
            assert_eq!(next(&mut events).await, expected, "{backend:?}");
        }
        assert_eq!(revision(&world, person, &tree.network).await, 2, "{backend:?}");
    }
}

#[tokio::test]
async fn a_follower_is_told_of_locations_whose_figures_they_may_see() {
    for (backend, world) in both().await {
        let tree = Tree::new("a", 2, 1, 1);
        world.publish(&tree.units(), vec![]).await;
        let analyst = world.person(Role::Analyst, &tree.network).await;
        let manager = world.person(Role::Manager, &tree.regions[1]).await;
        let [first, second] = [&tree.locations[0], &tree.locations[1]];
        let mut all = following(&world, analyst, &tree.network, Some(0));
        let mut part = following(&world, manager, &tree.network, Some(0));
        let mut below = following(&world, analyst, &tree.regions[1], Some(0));
        for location in [first, second] {
            world.record(&[quiet_day(location, date("2024-07-01"))]).await;
        }
        for (events, expected) in
            [(&mut all, &[first, second][..]), (&mut part, &[second]), (&mut below, &[second])]
        {
            for location in expected {
                assert_eq!(next(events).await["unitId"], location.id.to_string(), "{backend:?}");
            }
        }
        let stranger = following(&world, Uuid::now_v7(), &tree.network, None).next().await.unwrap();
        assert_eq!(stranger["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{backend:?}: {stranger}");
    }
}

#[tokio::test]
async fn a_load_notes_how_many_figures_of_each_network_are_new_and_how_many_are_others_than_before() {
    for (backend, world) in both().await {
        let (tree, other) = (Tree::new("a", 1, 1, 1), Tree::new("b", 1, 1, 1));
        world.publish(&tree.units(), vec![]).await;
        world.publish(&other.units(), vec![]).await;
        let ours = &tree.locations[0];
        let noted = async || {
            let notices = waiting(&world.database.connection).await.unwrap();
            handed_over(&world.database.connection, &notices).await.unwrap();
            let mut counts: Vec<(Uuid, Records)> =
                notices.into_iter().map(|notice| (notice.network_id, notice.records)).collect();
            counts.sort_by_key(|(network, _)| *network);
            counts
        };
        let records = |made, changed| {
            Records(vec![Record { kind: Kind::DailyFigures, counts: Counts { made, changed } }])
        };
        let mut rows = quiet(ours, "2022-01-01", "2023-12-31");
        rows.extend(quiet(&other.locations[0], "2024-01-01", "2024-01-01"));
        world.record(&rows).await;
        let mut expected = vec![(tree.network.id, records(730, 0)), (other.network.id, records(1, 0))];
        expected.sort_by_key(|(network, _)| *network);
        assert_eq!(noted().await, expected, "{backend:?}");

        world.record(&rows).await;
        assert_eq!(noted().await, [], "{backend:?}: the same again is nothing");

        rows.truncate(730);
        rows[3].transactions += 1;
        rows.extend(quiet(ours, "2024-01-01", "2024-01-02"));
        world.record(&rows).await;
        assert_eq!(noted().await, [(tree.network.id, records(2, 1))], "{backend:?}");
    }
}
