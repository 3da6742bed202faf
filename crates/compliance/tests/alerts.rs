//! When alerts are raised, how severe they are, and what acknowledging one does.

use compliance::{ReviewOutcome, RiskLevel};
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::directory::UnitKind;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{World, ZONES, day, requirement, review};

const ALERTS: &str = "query($filter: AlertFilter) { complianceAlerts(filter: $filter, first: 100) { edges { node {
    id rule severity causeDate message acknowledgement { personId note } requirement { id name status overdue } } } } }";

const ACKNOWLEDGE: &str = "mutation($id: ID!, $note: String) { acknowledgeAlert(id: $id, note: $note) {
    alert { id acknowledgement { personId note } } userErrors { code message field } } }";

const REVIEW: &str = "mutation($input: RecordReviewInput!) { recordReview(input: $input) {
    requirement { status } userErrors { code message } } }";

async fn alerts(world: &World, person: Uuid, filter: Value) -> Vec<Value> {
    let data = world.data(person, ALERTS, json!({ "filter": filter })).await;
    nodes(&data["complianceAlerts"])
}

fn nodes(connection: &Value) -> Vec<Value> {
    connection["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
}

/// `rule severity name` of each alert, in order.
async fn summary(world: &World, person: Uuid) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let alerts = alerts(world, person, json!({})).await;
    let line = |alert: &Value| {
        [text(&alert["rule"]), text(&alert["severity"]), text(&alert["requirement"]["name"])].join(" ")
    };
    alerts.iter().map(line).collect()
}

#[tokio::test]
async fn a_due_day_is_over_when_it_ends_in_the_zone_of_the_unit() {
    for backend in Backend::ALL {
        let mut world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 4).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        let rows = tree.of(UnitKind::Location).into_iter().map(|location| {
            let mut row = requirement(location, &location.time_zone, RiskLevel::Medium);
            row.due_on = Some(day("2024-03-09"));
            row
        });
        world.insert(rows.collect()).await;
        // The last second of 9 March and the first of 10 March in each zone, the earliest first.
        let mut late = Vec::new();
        for (zone, last, first) in [
            (ZONES[0], "2024-03-09T09:59:59Z", "2024-03-09T10:00:00Z"),
            (ZONES[1], "2024-03-09T22:59:59Z", "2024-03-09T23:00:00Z"),
            (ZONES[2], "2024-03-10T04:59:59Z", "2024-03-10T05:00:00Z"),
            (ZONES[3], "2024-03-10T10:59:59Z", "2024-03-10T11:00:00Z"),
        ] {
            world.set_clock(last);
            assert_eq!(late_zones(&world, person).await, late, "{backend:?} {last}");
            late.push(zone.to_owned());
            late.sort();
            world.set_clock(first);
            assert_eq!(late_zones(&world, person).await, late, "{backend:?} {first}");
        }
    }
}

async fn late_zones(world: &World, person: Uuid) -> Vec<String> {
    let alerts = alerts(world, person, json!({ "rule": ["OVERDUE"] })).await;
    let zone = |alert: &Value| alert["requirement"]["name"].as_str().unwrap().to_owned();
    let mut zones: Vec<String> = alerts.iter().map(zone).collect();
    zones.sort();
    zones
}

#[tokio::test]
async fn rules_and_severities_are_as_documented() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        let of = |name: &str, risk, due: Option<&str>, reviewed: Option<(ReviewOutcome, &str)>| {
            let mut row = requirement(tree.network(), name, risk);
            row.due_on = due.map(day);
            row.reviews.extend(reviewed.map(|(outcome, on)| review(outcome, on)));
            row
        };
        use ReviewOutcome::{Compliant, NonCompliant, Pending};
        world
            .insert(vec![
                of("pending, due tomorrow", RiskLevel::Critical, Some("2024-06-16"), None),
                of("pending, due today", RiskLevel::Critical, Some("2024-06-15"), None),
                of("pending, due yesterday", RiskLevel::Low, Some("2024-06-14"), None),
                of(
                    "undecided, late, critical",
                    RiskLevel::Critical,
                    Some("2024-06-13"),
                    Some((Pending, "2024-06-01")),
                ),
                of("not met, not late, high", RiskLevel::High, None, Some((NonCompliant, "2024-06-01"))),
                of(
                    "not met, late, critical",
                    RiskLevel::Critical,
                    Some("2024-06-01"),
                    Some((NonCompliant, "2024-06-02")),
                ),
                of("met, due long ago", RiskLevel::High, Some("2020-01-01"), Some((Compliant, "2024-06-01"))),
                of(
                    "met, review holds until today",
                    RiskLevel::Critical,
                    None,
                    Some((Compliant, "2024-03-17")),
                ),
                of(
                    "met, review held until yesterday",
                    RiskLevel::Critical,
                    None,
                    Some((Compliant, "2024-03-16")),
                ),
                of(
                    "met, high, review held until yesterday",
                    RiskLevel::High,
                    None,
                    Some((Compliant, "2023-12-17")),
                ),
            ])
            .await;
        assert_eq!(
            summary(&world, person).await,
            [
                "OVERDUE CRITICAL not met, late, critical",
                "CRITICAL_NON_COMPLIANT CRITICAL not met, late, critical",
                "OVERDUE CRITICAL undecided, late, critical",
                "REVIEW_PASSED CRITICAL met, review held until yesterday",
                "OVERDUE HIGH pending, due yesterday",
                "REVIEW_PASSED MEDIUM met, high, review held until yesterday",
            ],
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn an_acknowledgement_holds_for_its_cause_and_no_later_one() {
    for backend in Backend::ALL {
        let mut world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::ComplianceOfficer, tree.network()).await;
        let mut row = requirement(tree.network(), "licence", RiskLevel::High);
        row.due_on = Some(day("2024-06-01"));
        let id = row.id;
        world.insert(vec![row]).await;
        let open = json!({ "acknowledged": false });

        let first = alerts(&world, person, open.clone()).await.remove(0);
        assert_eq!(first["causeDate"], "2024-06-01", "{backend:?}");
        let answer = world.data(person, ACKNOWLEDGE, json!({"id": first["id"], "note": "on it"})).await;
        let noted = json!({"personId": person, "note": "on it"});
        assert_eq!(answer["acknowledgeAlert"]["alert"]["acknowledgement"], noted, "{backend:?} {answer}");
        assert!(alerts(&world, person, open.clone()).await.is_empty(), "{backend:?}");
        assert_eq!(alerts(&world, person, json!({"acknowledged": true})).await.len(), 1, "{backend:?}");

        let again = world.data(person, ACKNOWLEDGE, json!({"id": first["id"], "note": "other"})).await;
        assert_eq!(again["acknowledgeAlert"]["alert"]["acknowledgement"], noted, "the first one stays");

        // Found met, and found not met again on the same day: a new cause, though the due date is the same.
        for outcome in ["COMPLIANT", "NON_COMPLIANT"] {
            let input = json!({"requirementId": id, "outcome": outcome, "reviewedOn": "2024-06-15"});
            world.data(person, REVIEW, json!({ "input": input })).await;
        }
        let second = alerts(&world, person, open.clone()).await.remove(0);
        assert_ne!(second["id"], first["id"], "{backend:?}");
        assert_eq!(second["causeDate"], "2024-06-15", "{backend:?}");
        let stale = world.data(person, ACKNOWLEDGE, json!({"id": first["id"]})).await;
        assert_eq!(stale["acknowledgeAlert"]["userErrors"][0]["code"], "NOT_FOUND", "{backend:?}");

        // Time alone does not make another cause.
        world.set_clock("2024-08-01T00:00:00Z");
        assert_eq!(alerts(&world, person, open).await[0]["id"], second["id"], "{backend:?}");
    }
}

#[tokio::test]
async fn alerts_page_without_gaps_in_both_directions() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 2, 2, 2).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        let risks = [RiskLevel::Low, RiskLevel::Critical, RiskLevel::High];
        let rows = (0..23).map(|number| {
            let unit = &tree.units[number % tree.units.len()];
            let mut row = requirement(unit, &number.to_string(), risks[number % 3]);
            row.due_on = Some(day(&format!("2024-05-{:02}", 1 + number % 5)));
            if number % 2 == 0 {
                row.reviews.push(review(ReviewOutcome::NonCompliant, "2024-06-01"));
            }
            row
        });
        world.insert(rows.collect()).await;
        let all: Vec<Value> =
            alerts(&world, person, json!({})).await.iter().map(|alert| alert["id"].clone()).collect();
        assert!(all.len() > 23, "{backend:?}");
        for (size, bound, info) in [("first", "after", "endCursor"), ("last", "before", "startCursor")] {
            let unit = tree.network();
            let document = format!(
                "query($of: [_Any!]!, $at: String) {{ _entities(representations: $of) {{ ... on FranchiseUnit {{
                complianceAlerts({size}: 4, {bound}: $at) {{ pageInfo {{ {info} hasNextPage hasPreviousPage }}
                edges {{ node {{ id }} }} }} }} }} }}"
            );
            let (mut seen, mut at) = (Vec::new(), Value::Null);
            loop {
                let of = json!([{"__typename": "FranchiseUnit", "id": unit.id}]);
                let data = world.data(person, &document, json!({"of": of, "at": at})).await;
                let page = &data["_entities"][0]["complianceAlerts"];
                let ids: Vec<Value> = nodes(page).iter().map(|alert| alert["id"].clone()).collect();
                if size == "first" {
                    seen.extend(ids)
                } else {
                    seen.splice(0..0, ids);
                }
                at = page["pageInfo"][info].clone();
                let more = if size == "first" { "hasNextPage" } else { "hasPreviousPage" };
                if page["pageInfo"][more] != true {
                    break;
                }
            }
            assert_eq!(seen, all, "{backend:?} {size}");
        }
    }
}
