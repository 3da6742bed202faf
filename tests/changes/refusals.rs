//! Changes that are refused: the same words in both topologies, and nothing changed.

use serde_json::{Value, json};

use super::{World, change, newcomer};
use crate::harness::{Bearer, Client};

const STATUS: &str = "mutation($id: ID!, $version: Int!, $status: UnitStatus!) {
    changeUnitStatus(id: $id, version: $version, status: $status) {
        unit { status version } userErrors { code field message } } }";
const REGION: &str = "mutation($input: CreateRegionInput!) {
    createRegion(input: $input) { region { id } userErrors { code field message } } }";
const GRANT: &str = "mutation($input: GrantMembershipInput!) {
    grantMembership(input: $input) { membership { id } userErrors { code field message } } }";
const MOVE: &str = "mutation($id: ID!, $group: ID!) { moveLocation(id: $id, version: 1, groupId: $group) {
    location { id } userErrors { code field message } } }";
const REQUIREMENT: &str = "mutation($unit: ID!, $name: String!) {
    createRequirement(input: { unitId: $unit, jurisdiction: CUSTOM, type: OTHER, name: $name }) {
        requirement { id } userErrors { code field message } } }";

/// A change that must be refused: its root field, its document, variables and the expected code and field.
type Case = (&'static str, &'static str, Value, &'static str, Value);

fn cases(world: &World) -> Vec<Case> {
    let (ours, theirs) = (&world.ours, &world.theirs);
    let network = |status: &str| json!({ "id": ours["network"], "version": 1, "status": status });
    let region_of =
        |network: &str, code: &str| json!({ "input": { "networkId": network, "name": "New", "code": code } });
    vec![
        ("changeUnitStatus", STATUS, network("TERMINATED"), "INVALID_TRANSITION", json!(["status"])),
        ("changeUnitStatus", STATUS, network("PENDING"), "INVALID_TRANSITION", json!(["status"])),
        (
            "changeUnitStatus",
            STATUS,
            json!({ "id": ours["network"], "version": 9, "status": "INACTIVE" }),
            "VERSION_CONFLICT",
            json!(["version"]),
        ),
        (
            "changeUnitStatus",
            STATUS,
            json!({ "id": theirs["location"], "version": 1, "status": "INACTIVE" }),
            "NOT_FOUND",
            json!(["id"]),
        ),
        (
            "createRegion",
            REGION,
            region_of(&ours["network"], "not a code"),
            "INVALID",
            json!(["input", "code"]),
        ),
        (
            "createRegion",
            REGION,
            region_of(&theirs["network"], "NEW"),
            "NOT_FOUND",
            json!(["input", "networkId"]),
        ),
        (
            "moveLocation",
            MOVE,
            json!({ "id": ours["location"], "group": theirs["group"] }),
            "NOT_FOUND",
            json!(["groupId"]),
        ),
        (
            "grantMembership",
            GRANT,
            json!({ "input": { "personId": theirs["person"], "role": "VIEWER", "unitId": ours["network"] } }),
            "NOT_FOUND",
            json!(["input", "personId"]),
        ),
        (
            "createRequirement",
            REQUIREMENT,
            json!({ "unit": ours["network"], "name": "" }),
            "INVALID",
            json!(["input", "name"]),
        ),
        (
            "createRequirement",
            REQUIREMENT,
            json!({ "unit": theirs["network"], "name": "Opening speech" }),
            "NOT_FOUND",
            json!(["input", "unitId"]),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_says_why_alike_in_both_topologies() {
    let world = World::new().await;
    let [(_, embedded), (_, distributed)] = &world.platforms;
    for (field, document, variables, code, at) in cases(&world) {
        let reply = embedded.query(document, &variables).await;
        let payload = reply.data()[field].take();
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{reply}");
        assert_eq!((&errors[0]["code"], &errors[0]["field"]), (&json!(code), &at), "{reply}");
        let records = payload.as_object().unwrap().iter().filter(|(name, _)| *name != "userErrors");
        assert!(
            records.clone().count() == 1 && records.clone().all(|(_, record)| record.is_null()),
            "{reply}"
        );
        let other = distributed.query(document, &variables).await;
        assert_eq!(reply.body, other.body, "embedded: {reply}\ndistributed: {other}");
    }
}

/// A manager of a location runs it, but neither ends a suspension nor makes units.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_is_lifted_by_the_franchisor_only() {
    let world = World::new().await;
    let location = &world.ours["location"];
    let step = async |client: &Client, version: i64, status: &str| {
        let variables = json!({ "id": location, "version": version, "status": status });
        client.query(STATUS, &variables).await.data()["changeUnitStatus"].take()
    };
    for (platform, owner) in &world.platforms {
        let person = newcomer(owner, &world.ours["network"], "grace").await;
        let input = json!({ "personId": person, "role": "MANAGER", "unitId": location });
        change(owner, "grantMembership", GRANT, json!({ "input": input })).await;
        let manager = owner.bearing(Bearer::of(&person).text());
        let query = "query($id: ID!) { location(id: $id) { status version } }";
        let seen = manager.query(query, &json!({ "id": location })).await.data()["location"].take();
        let version = seen["version"].as_i64().unwrap();
        assert_eq!(seen["status"], "ACTIVE", "{platform}: {seen}");
        let suspended = step(owner, version, "SUSPENDED").await;
        assert_eq!(suspended["unit"]["status"], "SUSPENDED", "{platform}: {suspended}");
        let refused = step(&manager, version + 1, "ACTIVE").await;
        assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN", "{platform}: {refused}");
        let lifted = step(owner, version + 1, "ACTIVE").await;
        assert_eq!(lifted["unit"], json!({ "status": "ACTIVE", "version": version + 2 }), "{platform}");
    }
}
