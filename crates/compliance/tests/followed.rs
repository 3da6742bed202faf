//! What is done about requirements, as those who follow it are told.

use async_graphql::{Request, Variables};
use compliance::bulk::RequirementRow;
use compliance::{ReviewOutcome, RiskLevel};
use futures::stream::{BoxStream, StreamExt};
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{World, requirement, review};

const CHANGES: &str = "subscription($within: ID!, $after: Int) {
    requirementChanged(within: $within, after: $after) { action revision requirementId requirement { name } } }";

/// What is done on a unit and below it from here on.
async fn following(world: &World, person: Uuid, within: Uuid) -> BoxStream<'static, Value> {
    let query = "query($within: ID!) { requirementRevision(within: $within) }";
    let data = world.data(person, query, json!({ "within": within })).await;
    let variables = json!({ "within": within, "after": data["requirementRevision"] });
    let request = Request::new(CHANGES).variables(Variables::from_json(variables));
    let responses = world.subscribe(person, request);
    responses.map(|response| serde_json::to_value(response).unwrap()).boxed()
}

/// The next event, which has no errors.
async fn next(events: &mut BoxStream<'static, Value>) -> Value {
    let mut event = events.next().await.unwrap();
    assert!(event.get("errors").is_none(), "{event:#}");
    event["data"]["requirementChanged"].take()
}

async fn enter(world: &World, person: Uuid, unit: Uuid, name: &str) -> Value {
    let document = "mutation($input: CreateRequirementInput!) {
        createRequirement(input: $input) { requirement { id alerts { id } } userErrors { message } } }";
    let input = json!({ "unitId": unit, "jurisdiction": "UK", "type": "TAX", "name": name,
        "dueDate": "2024-06-01", "risk": "CRITICAL" });
    let mut data = world.data(person, document, json!({ "input": input })).await;
    assert_eq!(data["createRequirement"]["userErrors"], json!([]));
    data["createRequirement"]["requirement"].take()
}

#[tokio::test]
async fn everything_that_is_done_about_a_requirement_is_told_with_it() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::ComplianceOfficer, tree.network()).await;
        let mut events = following(&world, person, tree.network().id).await;
        let made = enter(&world, person, tree.units[3].id, "VAT return").await;
        let alert = &made["alerts"][0]["id"];
        assert!(alert.is_string(), "{made:#}");
        let id = &made["id"];
        for call in [
            "acknowledgeAlert(id: $alert)",
            "addComplianceDocument(input: { requirementId: $id, name: \"VAT\", url: \"https://a.example\" })",
            "updateRequirement(id: $id, version: 1, input: { name: \"VAT\" })",
            "recordReview(input: { requirementId: $id, outcome: COMPLIANT, reviewedOn: \"2024-06-15\" })",
            "retireRequirement(id: $id, version: 3)",
        ] {
            let types = if call.contains("$alert") { "$alert: ID!" } else { "$id: ID!" };
            let document =
                format!("mutation({types}) {{ done: {call} {{ userErrors {{ field message }} }} }}");
            let data = world.data(person, &document, json!({ "id": id, "alert": alert })).await;
            assert_eq!(data["done"]["userErrors"], json!([]), "{backend:?} {call}");
        }
        let done = [
            "CREATE_REQUIREMENT",
            "ACKNOWLEDGE_ALERT",
            "ADD_DOCUMENT",
            "UPDATE_REQUIREMENT",
            "RECORD_REVIEW",
            "RETIRE_REQUIREMENT",
        ];
        for (action, revision) in done.into_iter().zip(1..) {
            let expected = json!({ "action": action, "revision": revision, "requirementId": id,
                "requirement": { "name": "VAT" } });
            assert_eq!(next(&mut events).await, expected, "{backend:?}");
        }
    }
}

#[tokio::test]
async fn a_follower_is_told_of_units_whose_records_they_may_see() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 2, 1, 1).await;
        let [network, first, second] = [0, 3, 6].map(|index| tree.units[index].id);
        let officer = world.person(Role::ComplianceOfficer, tree.network()).await;
        let manager = world.person(Role::Manager, &tree.units[1]).await;
        let mut all = following(&world, officer, network).await;
        let mut part = following(&world, manager, network).await;
        let mut below = following(&world, officer, second).await;
        for (unit, name) in [(first, "A"), (second, "B"), (network, "C"), (first, "D"), (second, "E")] {
            enter(&world, officer, unit, name).await;
        }
        for (events, names) in
            [(&mut all, &["A", "B", "C", "D", "E"][..]), (&mut part, &["A", "D"]), (&mut below, &["B", "E"])]
        {
            for name in names {
                assert_eq!(next(events).await["requirement"]["name"], *name, "{backend:?}");
            }
        }
        let stranger = Uuid::now_v7();
        let event = following(&world, stranger, network).await.next().await.unwrap();
        assert_eq!(event["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{backend:?}");
    }
}

#[tokio::test]
async fn a_load_is_told_as_each_requirement_in_it_and_leaves_no_entry_of_a_person() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let other = world.plant("b", 0, 0, 0).await;
        let person = world.person(Role::ComplianceOfficer, tree.network()).await;
        let mut events = following(&world, person, tree.network().id).await;
        let reviewed = RequirementRow {
            reviews: vec![review(ReviewOutcome::Compliant, "2024-06-01")],
            ..requirement(&tree.units[3], "A", RiskLevel::High)
        };
        world
            .insert(vec![
                reviewed,
                requirement(other.network(), "not ours", RiskLevel::Low),
                requirement(tree.network(), "B", RiskLevel::Low),
            ])
            .await;
        for (revision, name) in [(1, "A"), (2, "B")] {
            let event = next(&mut events).await;
            let told = (&event["action"], &event["revision"], &event["requirement"]["name"]);
            assert_eq!(told, (&json!("CREATE_REQUIREMENT"), &json!(revision), &json!(name)), "{backend:?}");
        }
        let data = world.data(person, "{ auditTrail { nodes { id } } }", json!({})).await;
        assert_eq!(data["auditTrail"]["nodes"], json!([]), "{backend:?}");
    }
}
