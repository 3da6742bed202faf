//! Recording facts.

use chrono::Days;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{NOW, Tree, World, both, date, only_error};

const RECORD: &str = "mutation ($input: RecordFactsInput!) {
    recordFacts(input: $input) { inserted updated unchanged userErrors { code message field } } }";

/// A valid day, with changes.
fn facts(location: Value, day: &str, changes: Value) -> Value {
    let mut facts = json!({
        "date": day, "revenueMinor": 120_050, "transactions": 30,
        "appointmentsBooked": 20, "appointmentsCompleted": 15, "appointmentsCancelled": 3,
        "appointmentsNoShow": 2, "clientsServed": 25, "clientsNew": 5, "clientsReturning": 20,
        "chairMinutesAvailable": 2400, "chairMinutesBooked": 1800, "staffMinutes": 1900,
        "satisfactionSum": 22.5, "satisfactionCount": 5,
    });
    for changes in [location, changes] {
        for (field, value) in changes.as_object().unwrap() {
            facts[field] = value.clone();
        }
    }
    facts
}

async fn record(world: &World, person: Uuid, facts: Vec<Value>) -> Value {
    let mut data = world.data(person, RECORD, json!({ "input": { "facts": facts } })).await;
    data["recordFacts"].take()
}

fn counts(inserted: i32, updated: i32, unchanged: i32) -> Value {
    json!({ "inserted": inserted, "updated": updated, "unchanged": unchanged, "userErrors": [] })
}

#[tokio::test]
async fn repeating_a_batch_changes_nothing() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 1, 1, 2);
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Franchisee, &tree.groups[0]).await;
        let by_id = json!({ "locationId": tree.locations[0].id });
        let by_code = json!({ "locationCode": tree.locations[1].code });
        let batch = |revenue: i64| {
            vec![
                facts(by_id.clone(), "2024-07-30", json!({})),
                facts(by_code.clone(), "2024-07-30", json!({ "revenueMinor": revenue })),
                facts(by_id.clone(), "2024-07-31", json!({})),
            ]
        };
        assert_eq!(record(&world, person, batch(1)).await, counts(3, 0, 0), "{backend:?}");
        assert_eq!(record(&world, person, batch(1)).await, counts(0, 0, 3), "{backend:?}");
        assert_eq!(record(&world, person, batch(2)).await, counts(0, 1, 2), "{backend:?}");
        assert_eq!(record(&world, person, vec![]).await, counts(0, 0, 0), "{backend:?}");
        let fields = "performance(range: { from: \"2024-07-30\", to: \"2024-07-31\" }) {
            locationDays figures { revenue { amountMinor currency } satisfaction } }";
        let performance = &world.unit(person, &tree.groups[0], fields).await["performance"];
        assert_eq!(
            *performance,
            json!({
                "locationDays": 3,
                "figures": {
                    "revenue": { "amountMinor": 2 * 120_050 + 2, "currency": "USD" }, "satisfaction": 4.5
                },
            }),
            "{backend:?}"
        );
    }
}

/// A location, a day, what differs from a valid day, and the errors that this should have.
type Case = (Value, &'static str, Value, Vec<(&'static str, &'static str, &'static str)>);

/// The first is valid; the first location is writable, the second only visible, the other tree is neither.
fn wrongly_named(tree: &Tree, other: &Tree) -> Vec<Case> {
    let own = json!({ "locationId": tree.locations[0].id });
    vec![
        (own.clone(), "2024-07-01", json!({}), vec![]),
        (
            json!({ "locationId": other.locations[0].id }),
            "2024-07-01",
            json!({}),
            vec![("NOT_FOUND", "locationId", "there is no such location that you may see")],
        ),
        (
            json!({ "locationCode": "nowhere" }),
            "2024-07-01",
            json!({}),
            vec![("NOT_FOUND", "locationCode", "there is no such location that you may see")],
        ),
        (
            json!({ "locationId": tree.groups[0].id }),
            "2024-07-01",
            json!({}),
            vec![("NOT_FOUND", "locationId", "there is no such location that you may see")],
        ),
        (
            json!({ "locationId": tree.locations[1].id }),
            "2024-07-01",
            json!({}),
            vec![(
                "FORBIDDEN",
                "locationId",
                "you may see it, but none of your roles there allows you to enter performance facts",
            )],
        ),
        (
            json!({}),
            "2024-07-01",
            json!({}),
            vec![("INVALID", "locationId", "give either `locationId` or `locationCode`")],
        ),
        (
            own.clone(),
            "2024-07-01",
            json!({}),
            vec![("INVALID", "date", "`facts[0]` is of the same location and day: send one of them")],
        ),
    ]
}

/// Facts of a location that contradict themselves or cannot be.
fn wrong_in_themselves(own: &Value) -> Vec<Case> {
    vec![
        (
            own.clone(),
            "2024-07-02",
            json!({ "transactions": -1, "revenueMinor": 100_000_000_001_i64 }),
            vec![
                ("INVALID", "revenueMinor", "must be between 0 and 100000000000, not 100000000001"),
                ("INVALID", "transactions", "must be between 0 and 1000000, not -1"),
            ],
        ),
        (
            own.clone(),
            "2024-07-03",
            json!({ "appointmentsCompleted": 16, "clientsNew": 6, "chairMinutesBooked": 2401,
                    "satisfactionSum": 25.01 }),
            vec![
                (
                    "INVALID",
                    "appointmentsBooked",
                    "is 20, but 21 were completed, cancelled or not kept: count every appointment of the day",
                ),
                ("INVALID", "clientsServed", "is 25, but 26 were new or returning"),
                ("INVALID", "chairMinutesBooked", "is 2401, but only 2400 were available"),
                ("INVALID", "satisfactionSum", "is more than 5 ratings of at most 5 points add up to"),
            ],
        ),
        (
            own.clone(),
            "1969-12-31",
            json!({}),
            vec![("INVALID", "date", "is before 1970-01-01, the first day that facts are kept of")],
        ),
    ]
}

#[tokio::test]
async fn a_batch_with_any_error_records_nothing_and_tells_all_of_them() {
    for (backend, world) in both().await {
        let (tree, other) = (Tree::new("n", 1, 2, 1), Tree::new("m", 1, 1, 1));
        world.publish(&tree.units(), vec![]).await;
        world.publish(&other.units(), vec![]).await;
        let person = world.person(Role::Manager, &tree.groups[0]).await;
        let reader = subgraph::directory::membership::Model {
            id: Uuid::now_v7(),
            person_id: person,
            role: Role::Viewer,
            unit_kind: tree.network.kind,
            unit_id: tree.network.id,
            network_id: tree.network.id,
            valid_from: date("2024-01-01"),
            valid_to: None,
            change: 0,
        };
        world.publish(&[], vec![reader]).await;
        let own = json!({ "locationId": tree.locations[0].id });
        let cases = [wrongly_named(&tree, &other), wrong_in_themselves(&own)].concat();
        let batch =
            cases.iter().map(|(location, day, changes, _)| facts(location.clone(), day, changes.clone()));
        let payload = record(&world, person, batch.collect()).await;
        let expected: Vec<_> = cases
            .iter()
            .enumerate()
            .flat_map(|(index, (_, _, _, errors))| {
                errors.iter().map(move |(code, field, message)| {
                    json!({ "code": code, "message": message, "field": ["facts", index.to_string(), field] })
                })
            })
            .collect();
        assert_eq!(payload["userErrors"], json!(expected), "{backend:?}");
        assert_eq!(payload["inserted"], 0, "{backend:?}");
        let fields = "performance(range: { from: \"2024-06-01\", to: \"2024-07-31\" }) { locationDays }";
        let answer = world.unit(person, &tree.groups[0], fields).await;
        assert_eq!(answer["performance"]["locationDays"], 0, "nothing is recorded: {backend:?}");
    }
}

#[tokio::test]
async fn a_day_is_future_by_the_clock_of_the_location() {
    for (backend, world) in both().await {
        let mut tree = Tree::new("n", 1, 1, 2);
        tree.locations[0].time_zone = "Pacific/Auckland".to_owned();
        tree.locations[1].time_zone = "America/Los_Angeles".to_owned();
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let batch: Vec<_> = tree
            .locations
            .iter()
            .map(|location| facts(json!({ "locationId": location.id }), "2024-08-01", json!({})))
            .collect();
        let input = json!({ "input": { "facts": batch } });
        // Noon in Auckland on August 1 is the afternoon of July 31 in Los Angeles.
        let response = world.respond(person, RECORD, input.clone(), "2024-08-01T00:00:00Z").await;
        assert_eq!(
            response["data"]["recordFacts"]["userErrors"],
            json!([{
                "code": "INVALID", "field": ["facts", "1", "date"],
                "message":
                    "is in the future: in the location's time zone `America/Los_Angeles` it is 2024-07-31",
            }]),
            "{backend:?}"
        );
        let response = world.respond(person, RECORD, input, "2024-08-01T07:00:00Z").await;
        assert_eq!(response["data"]["recordFacts"], counts(2, 0, 0), "{backend:?}: {response:#}");
    }
}

#[tokio::test]
async fn batches_are_bounded_and_a_full_one_takes_few_statements() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 1, 1, 1);
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let location = json!({ "locationId": tree.locations[0].id });
        let day = |back: u64| (date("2024-07-31") - Days::new(back)).to_string();
        let batch =
            |size: u64| (0..size).map(|back| facts(location.clone(), &day(back), json!({}))).collect();
        let refused = record(&world, person, batch(1001)).await;
        assert_eq!(
            refused["userErrors"],
            json!([{
                "code": "INVALID", "field": ["facts"],
                "message": "1001 facts are too many: send at most 1000 at once",
            }]),
            "{backend:?}"
        );
        assert_eq!(record(&world, person, batch(1000)).await, counts(1000, 0, 0), "{backend:?}");
        let statements = world.database.statements.take();
        let expected = "begin, locations, known, twice is anything there and insert, four of the log, commit";
        assert!(statements <= 12, "{expected}: {statements} {backend:?}");
        assert_eq!(record(&world, person, batch(1000)).await, counts(0, 0, 1000), "{backend:?}");
    }
}

#[tokio::test]
async fn errors_are_told_up_to_a_limit() {
    let world = World::new(Backend::Sqlite).await;
    let tree = Tree::new("n", 1, 1, 1);
    world.publish(&tree.units(), vec![]).await;
    let person = world.person(Role::Owner, &tree.network).await;
    let batch = (0..200).map(|_| facts(json!({ "locationCode": "x" }), "2024-07-01", json!({}))).collect();
    let payload = record(&world, person, batch).await;
    assert_eq!(payload["userErrors"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn recording_needs_the_permission() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 1, 1, 1);
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let batch = vec![facts(json!({ "locationId": tree.locations[0].id }), "2024-07-01", json!({}))];
        let response = world.respond(person, RECORD, json!({ "input": { "facts": batch } }), NOW).await;
        assert_eq!(
            only_error(&response),
            ("FORBIDDEN".to_owned(), "none of your roles allows you to enter performance facts".to_owned()),
            "{backend:?}"
        );
    }
}
