//! What mutations do, refuse, and leave behind.

use compliance::{ReviewOutcome, RiskLevel};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{World, day, requirement, review};

const FIELDS: &str = "requirement { id name risk status overdue dueDate nextReviewDate lastReviewDate version
    penalties { description amount { amountMinor currency } } retiredAt } userErrors { code field message }";

async fn run(world: &World, person: Uuid, field: &str, types: &str, variables: Value) -> Value {
    let arguments: Vec<String> = types
        .split(", ")
        .map(|part| {
            let name = part.split(':').next().unwrap();
            format!("{}: {name}", name.trim_start_matches('$'))
        })
        .collect();
    let document = format!("mutation({types}) {{ {field}({}) {{ {FIELDS} }} }}", arguments.join(", "));
    world.data(person, &document, variables).await[field].take()
}

async fn create(world: &World, person: Uuid, input: Value, key: Option<&str>) -> Value {
    let types = "$input: CreateRequirementInput!, $idempotencyKey: String";
    run(world, person, "createRequirement", types, json!({"input": input, "idempotencyKey": key})).await
}

async fn update(world: &World, person: Uuid, id: &Value, version: i32, input: Value) -> Value {
    let types = "$id: ID!, $version: Int!, $input: UpdateRequirementInput!";
    run(world, person, "updateRequirement", types, json!({"id": id, "version": version, "input": input}))
        .await
}

async fn record(world: &World, person: Uuid, input: Value, key: Option<&str>) -> Value {
    let types = "$input: RecordReviewInput!, $idempotencyKey: String";
    run(world, person, "recordReview", types, json!({"input": input, "idempotencyKey": key})).await
}

fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_requirement_goes_through_its_life() {
    for backend in Backend::ALL {
        let mut world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::ComplianceOfficer, tree.network()).await;
        let input = json!({"unitId": tree.units[3].id, "jurisdiction": "UK", "type": "TAX", "name": "  VAT return ",
            "dueDate": "2024-06-30", "penalties": [{"description": "fine", "amount": {"amountMinor": 10000, "currency": "GBP"}}]});
        let made = create(&world, person, input, None).await;
        assert_eq!(codes(&made), [""; 0], "{backend:?} {made:#}");
        let requirement = &made["requirement"];
        assert_eq!(requirement["name"], "VAT return");
        assert_eq!((&requirement["risk"], &requirement["status"]), (&json!("MEDIUM"), &json!("PENDING")));
        assert_eq!(requirement["penalties"][0]["amount"], json!({"amountMinor": 10000, "currency": "GBP"}));
        let id = &requirement["id"];

        let changed = update(&world, person, id, 1, json!({"risk": "CRITICAL", "dueDate": null})).await;
        assert_eq!(changed["requirement"]["risk"], "CRITICAL", "{backend:?} {changed:#}");
        assert_eq!(changed["requirement"]["dueDate"], Value::Null);
        assert_eq!(changed["requirement"]["name"], "VAT return", "what is left out stays");
        assert_eq!(changed["requirement"]["version"], 2);

        let stale = update(&world, person, id, 1, json!({"name": "other"})).await;
        assert_eq!(codes(&stale), ["VERSION_CONFLICT"], "{backend:?}");

        // 2024-06-15 12:00 UTC is 16 June already in Kiritimati, where the location is.
        let reviewed =
            record(&world, person, json!({"requirementId": id, "outcome": "COMPLIANT"}), None).await;
        assert_eq!(reviewed["requirement"]["lastReviewDate"], "2024-06-16", "{backend:?} {reviewed:#}");
        assert_eq!(reviewed["requirement"]["nextReviewDate"], "2024-09-14", "critical: 90 days");
        assert_eq!(reviewed["requirement"]["status"], "COMPLIANT");
        world.set_clock("2024-09-14T10:00:00Z");
        let state = world.data(person, "query($id: ID!) { requirement(id: $id) { status reviews { edges { node { outcome reviewerId } } } } }", json!({"id": id})).await;
        assert_eq!(state["requirement"]["status"], "EXPIRED", "{backend:?}");
        assert_eq!(
            state["requirement"]["reviews"]["edges"][0]["node"],
            json!({"outcome": "COMPLIANT", "reviewerId": person})
        );

        let types = "$id: ID!, $version: Int!";
        let retired = run(&world, person, "retireRequirement", types, json!({"id": id, "version": 3})).await;
        assert_eq!(
            retired["requirement"]["retiredAt"], "2024-09-14T10:00:00+00:00",
            "{backend:?} {retired:#}"
        );
        let late = record(&world, person, json!({"requirementId": id, "outcome": "COMPLIANT"}), None).await;
        assert_eq!(codes(&late), ["INVALID_TRANSITION"], "{backend:?}");
        let listed = world
            .data(
                person,
                "{ requirements { edges { node { id } } } complianceAlerts { edges { node { id } } } }",
                json!({}),
            )
            .await;
        assert_eq!(listed["requirements"]["edges"], json!([]), "a retired requirement counts no more");
        assert_eq!(listed["complianceAlerts"]["edges"], json!([]));
    }
}

#[tokio::test]
async fn every_change_leaves_a_trace_that_nobody_can_remove() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::Owner, tree.network()).await;
        let input = json!({"unitId": tree.network().id, "jurisdiction": "UK", "type": "TAX", "name": "VAT", "dueDate": "2024-06-01"});
        let made = create(&world, person, input, None).await;
        let id = &made["requirement"]["id"];
        update(&world, person, id, 1, json!({"name": "VAT return"})).await;
        record(&world, person, json!({"requirementId": id, "outcome": "NON_COMPLIANT"}), None).await;
        let document = json!({"requirementId": id, "name": "return", "url": "https://files.example/1.pdf"});
        run(&world, person, "addComplianceDocument", "$input: AddDocumentInput!", json!({"input": document}))
            .await;
        let alert = world.data(person, "{ complianceAlerts { edges { node { id } } } }", json!({})).await;
        let alert = &alert["complianceAlerts"]["edges"][0]["node"]["id"];
        world
            .data(
                person,
                "mutation($id: ID!) { acknowledgeAlert(id: $id) { userErrors { code } } }",
                json!({"id": alert}),
            )
            .await;
        let refused = update(&world, person, id, 1, json!({"name": "stale"})).await;
        assert_eq!(codes(&refused), ["VERSION_CONFLICT"]);

        let trail = world.data(person, "query($id: ID!) { auditTrail(requirementId: $id) { edges { node { action record actorId changes { field before after } } } } }", json!({"id": id})).await;
        let entries: Vec<&Value> =
            trail["auditTrail"]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]).collect();
        let actions: Vec<&Value> = entries.iter().map(|entry| &entry["action"]).collect();
        assert_eq!(
            actions,
            [
                "ACKNOWLEDGE_ALERT",
                "ADD_DOCUMENT",
                "RECORD_REVIEW",
                "UPDATE_REQUIREMENT",
                "CREATE_REQUIREMENT"
            ],
            "{backend:?}"
        );
        assert!(entries.iter().all(|entry| entry["actorId"] == json!(person)), "{backend:?}");
        let renamed = json!({"field": "name", "before": "\"VAT\"", "after": "\"VAT return\""});
        assert!(entries[3]["changes"].as_array().unwrap().contains(&renamed), "{backend:?} {}", entries[3]);

        for statement in [
            "UPDATE audit_entries SET action = 'X'",
            "DELETE FROM audit_entries",
            "UPDATE requirement_reviews SET notes = 'X'",
            "DELETE FROM requirement_reviews",
        ] {
            let error = world.database.connection.execute_unprepared(statement).await.unwrap_err();
            assert!(error.to_string().contains("append-only"), "{backend:?} {statement}: {error}");
        }
    }
}

#[tokio::test]
async fn a_repeated_key_repeats_the_answer_but_not_the_effect() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::Manager, tree.network()).await;
        let input = |name: &str| json!({"unitId": tree.network().id, "jurisdiction": "UK", "type": "TAX", "name": name});
        let first = create(&world, person, input("VAT"), Some("k1")).await;
        let again = create(&world, person, input("VAT"), Some("k1")).await;
        assert_eq!(first, again, "{backend:?}");
        assert_eq!(
            codes(&create(&world, person, input("PAYE"), Some("k1")).await),
            ["IDEMPOTENCY_KEY_REUSED"]
        );
        let all = world.data(person, "{ requirements { edges { node { id } } } }", json!({})).await;
        assert_eq!(all["requirements"]["edges"].as_array().unwrap().len(), 1, "{backend:?}");

        let review = json!({"requirementId": first["requirement"]["id"], "outcome": "PENDING"});
        record(&world, person, review.clone(), Some("k2")).await;
        let again = record(&world, person, review, Some("k2")).await;
        assert_eq!(again["requirement"]["version"], 2, "{backend:?} {again:#}");
        let long = "x".repeat(200);
        assert_eq!(codes(&create(&world, person, input("VAT"), Some(&long)).await), ["INVALID"]);
    }
}

#[tokio::test]
async fn what_is_out_of_bounds_is_refused_with_the_bound() {
    let world = World::new(Backend::Sqlite).await;
    let tree = world.plant("a", 1, 1, 1).await;
    let person = world.person(Role::Manager, tree.network()).await;
    let mut row = requirement(tree.network(), "licence", RiskLevel::High);
    row.reviews.push(review(ReviewOutcome::Compliant, "2024-06-10"));
    let id = json!(row.id);
    world.insert(vec![row]).await;
    let base = json!({"unitId": tree.network().id, "jurisdiction": "UK", "type": "TAX", "name": "VAT"});
    for (field, value, expected) in [
        ("name", json!("  "), "1 to 255"),
        ("name", json!("x".repeat(256)), "1 to 255"),
        ("description", json!("x".repeat(4001)), "1 to 4000"),
        ("dueDate", json!("1999-12-31"), "2000 to 2199"),
        ("nextReviewDate", json!("2200-01-01"), "2000 to 2199"),
        ("penalties", json!(vec![json!({"description": "x"}); 11]), "at most 10"),
        (
            "penalties",
            json!([{"description": "x", "amount": {"amountMinor": -1, "currency": "GBP"}}]),
            "negative",
        ),
        (
            "penalties",
            json!([{"description": "x", "amount": {"amountMinor": 1, "currency": "pounds"}}]),
            "ISO 4217",
        ),
    ] {
        let mut input = base.clone();
        input[field] = value;
        let payload = create(&world, person, input, None).await;
        assert_eq!(codes(&payload), ["INVALID"], "{field}");
        assert_eq!(payload["userErrors"][0]["field"][1], field);
        assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains(expected), "{payload}");
    }
    for (on, expected) in [("2024-06-16", "after today"), ("2024-06-09", "before the latest review")] {
        let payload = record(
            &world,
            person,
            json!({"requirementId": id, "outcome": "COMPLIANT", "reviewedOn": on}),
            None,
        )
        .await;
        assert_eq!(codes(&payload), ["INVALID"], "{on}");
        assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains(expected), "{payload}");
    }
    let planned = update(&world, person, &id, 2, json!({"nextReviewDate": "2025-01-01"})).await;
    assert_eq!(codes(&planned), ["INVALID"], "a review holds no longer than the rule says");
    let riskier = update(&world, person, &id, 2, json!({"risk": "CRITICAL"})).await;
    assert_eq!(
        riskier["requirement"]["nextReviewDate"], "2024-09-08",
        "a higher risk brings the review forward"
    );
    for url in ["http://files.example/1", "https://", "javascript:alert(1)", "https://files.example/a b"] {
        let input = json!({"requirementId": id, "name": "x", "url": url});
        let payload = run(
            &world,
            person,
            "addComplianceDocument",
            "$input: AddDocumentInput!",
            json!({"input": input}),
        )
        .await;
        assert_eq!(codes(&payload), ["INVALID"], "{url}");
    }
}

#[tokio::test]
async fn another_network_cannot_be_seen_or_changed_by_any_way() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (mine, other) = (world.plant("a", 1, 1, 1).await, world.plant("b", 1, 1, 1).await);
        let person = world.person(Role::Owner, mine.network()).await;
        let mut row = requirement(&other.units[3], "theirs", RiskLevel::Critical);
        row.due_on = Some(day("2024-01-01"));
        row.reviews.push(review(ReviewOutcome::NonCompliant, "2024-06-01"));
        let id = json!(row.id);
        world.insert(vec![row]).await;
        let owner = world.person(Role::Owner, other.network()).await;
        let theirs = world.data(owner, "{ complianceAlerts { edges { node { id } } } }", json!({})).await;
        let alert = &theirs["complianceAlerts"]["edges"][0]["node"]["id"];
        let theirs =
            world.data(owner, "query($id: ID!) { requirement(id: $id) { name } }", json!({"id": id})).await;
        assert_eq!(theirs["requirement"]["name"], "theirs", "the test would see it if it were visible");

        let data = world.data(person, "query($id: ID!, $unit: ID!, $of: [_Any!]!) {
            requirement(id: $id) { id } requirements(filter: {unitId: $unit}) { edges { node { id } } }
            all: requirements { edges { node { id } } } overdueRequirements { edges { node { id } } }
            complianceAlerts { edges { node { id } } } auditTrail(unitId: $unit) { edges { node { id } } }
            _entities(representations: $of) { ... on Requirement { id reviews { edges { node { id } } } } } }",
            json!({"id": id, "unit": other.units[3].id, "of": [{"__typename": "Requirement", "id": id}]})).await;
        assert_eq!(data["requirement"], Value::Null, "{backend:?}");
        assert_eq!(data["_entities"], json!([null]), "{backend:?}");
        for list in ["requirements", "all", "overdueRequirements", "complianceAlerts", "auditTrail"] {
            assert_eq!(data[list]["edges"], json!([]), "{backend:?} {list}");
        }
        let input = json!({"unitId": other.units[3].id, "jurisdiction": "UK", "type": "TAX", "name": "VAT"});
        assert_eq!(codes(&create(&world, person, input, None).await), ["NOT_FOUND"], "{backend:?}");
        assert_eq!(codes(&update(&world, person, &id, 2, json!({"name": "mine"})).await), ["NOT_FOUND"]);
        let review = json!({"requirementId": id, "outcome": "COMPLIANT"});
        assert_eq!(codes(&record(&world, person, review, None).await), ["NOT_FOUND"], "{backend:?}");
        let noted = world
            .data(
                person,
                "mutation($id: ID!) { acknowledgeAlert(id: $id) { userErrors { code } } }",
                json!({"id": alert}),
            )
            .await;
        assert_eq!(noted["acknowledgeAlert"]["userErrors"][0]["code"], "NOT_FOUND", "{backend:?}");

        let viewer = world.person(Role::Viewer, other.network()).await;
        assert_eq!(
            codes(&update(&world, viewer, &id, 2, json!({"name": "mine"})).await),
            ["FORBIDDEN"],
            "{backend:?}"
        );
    }
}
