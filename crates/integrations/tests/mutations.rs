//! Setting up, changing and switching off integrations.

use async_graphql::Request;
use futures::StreamExt;
use integrations::bulk::{IntegrationRow, RunRow, insert_integrations};
use integrations::sync_run::{RunOutcome, RunTrigger};
use serde_json::{Value, json};
use subgraph::caller::token::Subject;
use subgraph::directory::UnitKind;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::fixture::{Fixture, Network, healthy};

const FIELDS: &str =
    "{ integration { id name status version syncFrequency } userErrors { code field message } }";

async fn create(fixture: &Fixture, person: Uuid, unit: Uuid, rest: &str) -> Value {
    let mutation =
        format!("mutation {{ createIntegration(input: {{ unitId: \"{unit}\", {rest} }}) {FIELDS} }}");
    fixture.ask(person, &mutation).await["data"]["createIntegration"].clone()
}

fn refused_with<'a>(payload: &'a Value, code: &str) -> &'a str {
    assert!(payload["integration"].is_null(), "{payload}");
    assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
    payload["userErrors"][0]["field"][0].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_new_integration_is_pending_and_a_unit_has_each_provider_once() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        let (owner, unit) = (fixture.ours.owner, fixture.ours.locations[0]);
        let made = create(&fixture, owner, unit, "provider: \"xero\"").await;
        assert_eq!(made["integration"]["status"], "PENDING", "{backend:?}: {made}");
        assert_eq!(made["integration"]["name"], "Xero", "{backend:?}");
        let again = create(&fixture, owner, unit, "provider: \"xero\"").await;
        assert_eq!(refused_with(&again, "TAKEN"), "provider");
    }
}

#[tokio::test]
async fn a_repeated_key_makes_one_integration() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        let (owner, unit) = (fixture.ours.owner, fixture.ours.locations[0]);
        let first = create(&fixture, owner, unit, "provider: \"xero\", idempotencyKey: \"k\"").await;
        let second = create(&fixture, owner, unit, "provider: \"xero\", idempotencyKey: \"k\"").await;
        assert_eq!(first, second, "{backend:?}");
        let other = create(&fixture, owner, unit, "provider: \"hubspot\", idempotencyKey: \"k\"").await;
        assert_eq!(refused_with(&other, "IDEMPOTENCY_KEY_REUSED"), "idempotencyKey");
    }
}

#[tokio::test]
async fn bad_input_is_refused_by_field() {
    let fixture = Fixture::new(Backend::Sqlite, 1).await;
    let (owner, unit) = (fixture.ours.owner, fixture.ours.locations[0]);
    let unknown = create(&fixture, owner, unit, "provider: \"acme\"").await;
    assert_eq!(refused_with(&unknown, "INVALID"), "provider");
    let unnamed = create(&fixture, owner, unit, "provider: \"xero\", name: \"  \"").await;
    assert_eq!(refused_with(&unnamed, "INVALID"), "name");
    let theirs = create(&fixture, owner, fixture.theirs.locations[0], "provider: \"xero\"").await;
    assert_eq!(refused_with(&theirs, "NOT_FOUND"), "unitId");
}

#[tokio::test]
async fn a_change_needs_the_current_version() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        let owner = fixture.ours.owner;
        let made = create(&fixture, owner, fixture.ours.locations[0], "provider: \"xero\"").await;
        let id = made["integration"]["id"].as_str().unwrap();
        let update = async |version: i32, name: &str| {
            let mutation = format!(
                "mutation {{ updateIntegration(input: {{ id: \"{id}\", version: {version}, name: \"{name}\" }}) {FIELDS} }}"
            );
            fixture.ask(owner, &mutation).await["data"]["updateIntegration"].clone()
        };
        let changed = update(1, "Books").await;
        assert_eq!(changed["integration"]["name"], "Books", "{backend:?}: {changed}");
        assert_eq!(changed["integration"]["version"], 2, "{backend:?}");
        assert_eq!(refused_with(&update(1, "Ledger").await, "VERSION_CONFLICT"), "version");
    }
}

#[tokio::test]
async fn people_switch_off_and_resume_but_cannot_declare_success() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        let owner = fixture.ours.owner;
        let made = create(&fixture, owner, fixture.ours.locations[0], "provider: \"xero\"").await;
        let id = made["integration"]["id"].as_str().unwrap();
        let set = async |version: i32, status: &str| {
            let mutation = format!(
                "mutation {{ changeIntegrationStatus(input: {{ id: \"{id}\", version: {version}, status: {status} }}) {FIELDS} }}"
            );
            fixture.ask(owner, &mutation).await["data"]["changeIntegrationStatus"].clone()
        };
        assert_eq!(refused_with(&set(1, "ACTIVE").await, "INVALID_TRANSITION"), "status");
        assert_eq!(set(1, "INACTIVE").await["integration"]["status"], "INACTIVE", "{backend:?}");
        assert_eq!(set(2, "PENDING").await["integration"]["status"], "PENDING", "{backend:?}");
    }
}

#[tokio::test]
async fn whoever_follows_integrations_is_told_of_each_change_they_may_see() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 2).await;
        let (owner, network, unit) = (fixture.ours.owner, fixture.ours.network, fixture.ours.locations[0]);
        let follow = |person: Uuid, within: Uuid| {
            let document = format!(
                "subscription {{ integrationChanged(within: \"{within}\", after: 0) {{
                    kind revision integrationId integration {{ name status }} }} }}"
            );
            let responses =
                fixture.service.subscribe_as(Subject::Person(person, None), Request::new(document));
            responses.map(|response| serde_json::to_value(response).unwrap())
        };
        let data = fixture.ask(owner, &format!("{{ integrationRevision(within: \"{network}\") }}")).await;
        assert_eq!(data["data"]["integrationRevision"], 0, "{backend:?}: {data}");
        let made = create(&fixture, owner, unit, "provider: \"xero\"").await;
        let id = made["integration"]["id"].as_str().unwrap();
        for mutation in [
            format!("done: updateIntegration(input: {{ id: \"{id}\", version: 1, name: \"Books\" }})"),
            // Refused: nothing happens.
            format!("done: updateIntegration(input: {{ id: \"{id}\", version: 1, name: \"Twice\" }})"),
            format!("done: changeIntegrationStatus(input: {{ id: \"{id}\", version: 2, status: INACTIVE }})"),
        ] {
            fixture.ask(owner, &format!("mutation {{ {mutation} {FIELDS} }}")).await;
        }
        let other = create(&fixture, owner, fixture.ours.locations[1], "provider: \"xero\"").await;
        let (mut all, mut below) = (follow(owner, network), follow(owner, fixture.ours.locations[1]));
        for (kind, revision) in [("CREATED", 1), ("UPDATED", 2), ("STATUS_CHANGED", 3)] {
            let expected = json!({ "kind": kind, "revision": revision, "integrationId": id,
                "integration": { "name": "Books", "status": "INACTIVE" } });
            let event = all.next().await.unwrap();
            assert_eq!(event["data"]["integrationChanged"], expected, "{backend:?}: {event}");
        }
        let event = below.next().await.unwrap();
        assert_eq!(
            event["data"]["integrationChanged"]["integrationId"], other["integration"]["id"],
            "{backend:?}"
        );
        let event = follow(fixture.theirs.owner, network).next().await.unwrap();
        assert_eq!(event["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{backend:?}");
    }
}

#[tokio::test]
async fn whoever_follows_integrations_is_told_of_a_load() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 3).await;
        let (owner, network) = (fixture.ours.owner, fixture.ours.network);
        let document = format!(
            "subscription {{ integrationChanged(within: \"{network}\", after: 0) {{
                kind revision integration {{ name recentRuns {{ outcome }} }} }} }}"
        );
        let responses = fixture.service.subscribe_as(Subject::Person(owner, None), Request::new(document));
        let mut events = responses.map(|response| serde_json::to_value(response).unwrap());
        let loaded = |network: &Network, location: usize, name: &str| {
            let unit = network.locations[location];
            IntegrationRow {
                name: name.to_owned(),
                runs: vec![successful_run()],
                ..healthy(network, UnitKind::Location, unit, "xero")
            }
        };
        fixture
            .insert(vec![
                loaded(&fixture.ours, 0, "A"),
                loaded(&fixture.theirs, 0, "not ours"),
                loaded(&fixture.ours, 1, "B"),
            ])
            .await;
        create(&fixture, owner, fixture.ours.locations[2], "provider: \"xero\", name: \"C\"").await;
        for (revision, name, runs) in [(1, "A", 1), (2, "B", 1), (3, "C", 0)] {
            let event = events.next().await.unwrap();
            let runs = vec![json!({ "outcome": "COMPLETED" }); runs];
            let expected = json!({ "kind": "CREATED", "revision": revision,
                "integration": { "name": name, "recentRuns": runs } });
            assert_eq!(event["data"]["integrationChanged"], expected, "{backend:?}: {event}");
        }
    }
}

#[tokio::test]
async fn a_load_that_fails_is_told_to_nobody() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend, 1).await;
        let row = healthy(&fixture.ours, UnitKind::Location, fixture.ours.locations[0], "xero");
        fixture.insert(vec![row.clone()]).await;
        let mut load = fixture.begin().await;
        insert_integrations(&mut load, vec![row]).await.unwrap_err();
        drop(load);
        let query = format!("{{ integrationRevision(within: \"{}\") }}", fixture.ours.network);
        let data = fixture.ask(fixture.ours.owner, &query).await;
        assert_eq!(data["data"]["integrationRevision"], 1, "{backend:?}: {data}");
    }
}

fn successful_run() -> RunRow {
    RunRow {
        id: Uuid::now_v7(),
        trigger: RunTrigger::Manual,
        outcome: RunOutcome::Completed,
        started_at: 1_700_000_000,
        finished_at: Some(1_700_000_060),
        records_read: 1,
        records_written: 0,
        records_failed: 0,
        error: None,
    }
}
