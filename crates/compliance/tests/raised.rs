//! Alerts that the ends of days raise, as those who follow them are told.

use async_graphql::{Request, Variables};
use chrono::{DateTime, Utc};
use compliance::bulk::RequirementRow;
use compliance::{Clock, ReviewOutcome, RiskLevel, tell_raised_alerts};
use futures::future::join_all;
use futures::stream::{BoxStream, StreamExt};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::directory::UnitKind;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{World, day, requirement, review};

const RAISED: &str =
    "subscription($within: ID!, $after: Int) { complianceAlertRaised(within: $within, after: $after) {
    rule alertId alert { id rule } requirementId revision } }";

/// Has everything told until an instant; from here on the world's clock is moved by the tests.
async fn told_until(world: &World, instant: &str) {
    let instant: DateTime<Utc> = instant.parse().unwrap();
    let statement = format!("UPDATE alert_watch SET told_until = '{}'", instant.format("%F %T%:z"));
    world.database.connection.execute_unprepared(&statement).await.unwrap();
}

async fn tell(world: &World, instant: &str) {
    let clock = Clock::At(instant.parse().unwrap());
    let _recorded = tell_raised_alerts(&world.database.connection, clock).await.unwrap();
}

async fn revision(world: &World, person: Uuid, within: Uuid) -> i64 {
    let query = "query($within: ID!) { requirementRevision(within: $within) }";
    let data = world.data(person, query, json!({ "within": within })).await;
    data["requirementRevision"].as_i64().unwrap()
}

fn follow(world: &World, person: Uuid, within: Uuid, after: i64) -> BoxStream<'static, Value> {
    let variables = json!({ "within": within, "after": after });
    let request = Request::new(RAISED).variables(Variables::from_json(variables));
    let responses = world.subscribe(person, request);
    responses.map(|response| serde_json::to_value(response).unwrap()).boxed()
}

/// What there is to be told between two revisions.
async fn between(world: &World, person: Uuid, within: Uuid, (after, to): (i64, i64)) -> Vec<Value> {
    let mut events = follow(world, person, within, after);
    let mut told = Vec::new();
    for _ in after..to {
        let mut event = events.next().await.unwrap();
        assert!(event.get("errors").is_none(), "{event:#}");
        told.push(event["data"]["complianceAlertRaised"].take());
    }
    told
}

#[tokio::test]
async fn each_alert_is_told_when_its_day_ends_in_the_zone_of_its_unit() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 4).await;
        let network = tree.network().id;
        let person = world.person(Role::Viewer, tree.network()).await;
        let due = |unit: &_| RequirementRow {
            due_on: Some(day("2024-03-09")),
            ..requirement(unit, "due", RiskLevel::Medium)
        };
        let rows: Vec<_> = tree.of(UnitKind::Location).into_iter().map(due).collect();
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        world.insert(rows).await;
        told_until(&world, "2024-03-09T00:00:00Z").await;
        // The last second of 9 March and the first of 10 March in each zone, the earliest first.
        for (id, last, first) in [
            (ids[0], "2024-03-09T09:59:59Z", "2024-03-09T10:00:00Z"),
            (ids[1], "2024-03-09T22:59:59Z", "2024-03-09T23:00:00Z"),
            (ids[2], "2024-03-10T04:59:59Z", "2024-03-10T05:00:00Z"),
            (ids[3], "2024-03-10T10:59:59Z", "2024-03-10T11:00:00Z"),
        ] {
            let before = revision(&world, person, network).await;
            tell(&world, last).await;
            assert_eq!(revision(&world, person, network).await, before, "{backend:?} {last}");
            tell(&world, first).await;
            tell(&world, first).await;
            assert_eq!(revision(&world, person, network).await, before + 1, "{backend:?} {first}");
            let told = between(&world, person, network, (before, before + 1)).await;
            let alert = &told[0]["alertId"];
            let expected = json!({ "rule": "OVERDUE", "alertId": alert, "requirementId": id,
                "alert": { "id": alert, "rule": "OVERDUE" }, "revision": before + 1 });
            assert_eq!(told, [expected], "{backend:?} {first}");
        }
        // Nothing is new when the clock goes back, or much later.
        let newest = revision(&world, person, network).await;
        for instant in ["2024-03-01T00:00:00Z", "2024-06-01T00:00:00Z"] {
            tell(&world, instant).await;
            assert_eq!(revision(&world, person, network).await, newest, "{backend:?} {instant}");
        }
    }
}

#[tokio::test]
async fn only_what_the_end_of_a_day_has_raised_is_told() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let network = tree.network().id;
        let person = world.person(Role::Viewer, tree.network()).await;
        let of = |name: &str, due: Option<&str>, reviewed: Option<(ReviewOutcome, &str)>| {
            let mut row = requirement(tree.network(), name, RiskLevel::Critical);
            row.due_on = due.map(day);
            row.reviews.extend(reviewed.map(|(outcome, on)| review(outcome, on)));
            row
        };
        use ReviewOutcome::{Compliant, NonCompliant};
        let late = of("due in between", Some("2024-06-14"), None);
        // A critical requirement is to be reviewed after 90 days.
        let passed = of("held until then", None, Some((Compliant, "2024-03-16")));
        let expected = [("OVERDUE", late.id), ("REVIEW_PASSED", passed.id)];
        world
            .insert(vec![
                of("late before", Some("2024-06-13"), None),
                of("due later", Some("2024-06-15"), None),
                of("met", Some("2024-06-14"), Some((Compliant, "2024-06-01"))),
                of("found not met", None, Some((NonCompliant, "2024-06-14"))),
                of("held longer", None, Some((Compliant, "2024-03-17"))),
                late,
                passed,
            ])
            .await;
        told_until(&world, "2024-06-14T12:00:00Z").await;
        let before = revision(&world, person, network).await;
        tell(&world, "2024-06-15T12:00:00Z").await;
        assert_eq!(revision(&world, person, network).await, before + 2, "{backend:?}");
        let told = between(&world, person, network, (before, before + 2)).await;
        let told: Vec<_> = told.iter().map(|told| (&told["rule"], &told["requirementId"])).collect();
        let [first, second] = expected.map(|(rule, id)| (json!(rule), json!(id)));
        assert_eq!(told, [(&first.0, &first.1), (&second.0, &second.1)], "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_look_at_once_tell_each_alert_once_to_who_may_see_it() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (tree, other) = (world.plant("a", 2, 1, 1).await, world.plant("b", 1, 1, 1).await);
        let due = |unit: &_| RequirementRow {
            due_on: Some(day("2024-06-14")),
            ..requirement(unit, "due", RiskLevel::Low)
        };
        let rows = [&tree.units[0], &tree.units[1], &tree.units[4], &other.units[1]].map(due);
        let ids = rows.each_ref().map(|row| row.id);
        world.insert(rows.to_vec()).await;
        let (owner, manager) = (
            world.person(Role::Owner, tree.network()).await,
            world.person(Role::Manager, &tree.units[1]).await,
        );
        let stranger = world.person(Role::Owner, other.network()).await;
        let network = tree.network().id;
        told_until(&world, "2024-06-14T12:00:00Z").await;
        let before = revision(&world, owner, network).await;
        let clock = Clock::At("2024-06-15T12:00:00Z".parse().unwrap());
        for recorded in join_all((0..4).map(|_| tell_raised_alerts(&world.database.connection, clock))).await
        {
            let _recorded = recorded.unwrap();
        }
        assert_eq!(revision(&world, owner, network).await, before + 3, "{backend:?}");
        let told = between(&world, owner, network, (before, before + 3)).await;
        let told: Vec<_> = told.iter().map(|told| told["requirementId"].clone()).collect();
        assert_eq!(told, [json!(ids[0]), json!(ids[1]), json!(ids[2])], "{backend:?}");
        let mut part = follow(&world, manager, network, before);
        let event = part.next().await.unwrap();
        assert_eq!(event["data"]["complianceAlertRaised"]["requirementId"], json!(ids[1]), "{backend:?}");
        let event = follow(&world, stranger, network, before).next().await.unwrap();
        assert_eq!(event["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{backend:?}");
    }
}
