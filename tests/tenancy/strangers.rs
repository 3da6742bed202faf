//! Nobody of one network sees a row of another.

use serde_json::{Value, json};

use super::{World, is_blank, shows_none};
use crate::harness::{Bearer, Client, Events, Units, rows};

/// Ways to ask for records of a network by the ids and codes of its units and records. Every root field that gives
/// out records of networks is here.
const PROBES: [(&str, &str); 25] = [
    ("unit", "unit(id: $unit) { id name code
        performance(range: $range) { figures { revenue { amountMinor } } } complianceScore { score }
        integrationHealth { total } requirements { nodes { id } } integrations { nodes { id } }
        complianceAlerts { nodes { id } } ranking(metric: REVENUE, range: $range) { nodes { unit { id } } } }"),
    ("network", "network(id: $network) { id members { nodes { person { email } } } }"),
    ("network", "network(slug: $slug) { id locations { nodes { code } } }"),
    ("networks", "networks { nodes { id regions { nodes { id groups { nodes { id } } } } } }"),
    ("region", "region(id: $region) { id locations { nodes { code } } }"),
    ("regions", "regions(first: 100) { nodes { id network { id } } }"),
    ("group", "group(id: $group) { id code franchisee { email } }"),
    ("groups", "groups(first: 100) { nodes { id region { id } } }"),
    ("location", "location(id: $location) { id manager { email } }"),
    ("location", "location(code: $code) { id name peerStanding(metric: REVENUE, range: $range) { cohortSize } }"),
    ("locations", "locations(first: 100) { nodes { id group { id } } }"),
    ("person", "person(id: $person) { id email }"),
    ("people", "people(first: 100) { nodes { id email } }"),
    ("memberships", "memberships(first: 100) { nodes { id person { id email } unit { id } } }"),
    ("me", "me { person { id } grants { unit { id } } }"),
    ("requirement", "requirement(id: $requirement) { id unit { id name } }"),
    ("requirements", "requirements(filter: { unitId: $unit }, first: 100) { nodes { id unit { id name } } }"),
    ("requirements", "requirements(first: 100) { nodes { id unit { id name } } }"),
    ("overdueRequirements", "overdueRequirements(unitId: $unit, first: 100) { nodes { id unit { id name } } }"),
    ("complianceAlerts", "complianceAlerts(filter: { unitId: $unit }, first: 100) { nodes { requirement { id } unit { id } } }"),
    ("auditTrail", "auditTrail(unitId: $unit, first: 100) { nodes { actorId unit { id name } } }"),
    ("integration", "integration(id: $integration) { id unit { id name } }"),
    ("integrations", "integrations(filter: { unitId: $unit }, first: 100) { nodes { id unit { id name } } }"),
    ("integrations", "integrations(first: 100) { nodes { id unit { id name } } }"),
    ("locationRanking", "locationRanking(unitId: $unit, metric: REVENUE, range: $range) { nodes { unit { id name } } }"),
];

/// Root fields that tell a number about a unit.
const NUMBERS: [&str; 4] = ["unitRevision", "requirementRevision", "integrationRevision", "figuresRevision"];

/// Root fields to follow what happens at a unit.
const EVENTS: [&str; 7] = [
    "unitChanged",
    "membershipChanged",
    "personChanged",
    "requirementChanged",
    "complianceAlertRaised",
    "integrationChanged",
    "figuresChanged",
];

/// Root fields about what is the same for everybody.
const PUBLIC: [&str; 2] = ["provider", "providers"];

/// The values of the probes' variables: units of a network, and one record of each other service.
async fn variables(world: &World, units: &Units) -> Value {
    let databases = &world.distributed.services.databases;
    let one = |table: &str| {
        format!("select id::text from {table} where network_id = '{}' order by id limit 1", units["network"])
    };
    let [[requirement]] =
        rows::<1>(&databases.compliance.connection, &one("requirements")).await.try_into().unwrap();
    let [[integration]] =
        rows::<1>(&databases.integrations.connection, &one("integrations")).await.try_into().unwrap();
    let mut variables: Value =
        units.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    variables["requirement"] = requirement.into();
    variables["integration"] = integration.into();
    variables["range"] = json!({ "preset": "LAST_30_DAYS" });
    variables
}

/// A document with a probe and the variables it uses.
fn document(probe: &str) -> String {
    let types = [
        ("unit", "ID!"),
        ("network", "ID!"),
        ("slug", "String!"),
        ("region", "ID!"),
        ("group", "ID!"),
        ("location", "ID!"),
        ("code", "String!"),
        ("person", "ID!"),
        ("requirement", "ID!"),
        ("integration", "ID!"),
        ("range", "DateRangeInput!"),
    ];
    let uses = |name: &str| {
        probe.match_indices(&format!("${name}")).any(|(at, found)| {
            !probe[at + found.len()..].starts_with(|next: char| next.is_ascii_alphanumeric())
        })
    };
    let used: Vec<String> =
        types.into_iter().filter(|(name, _)| uses(name)).map(|(name, ty)| format!("${name}: {ty}")).collect();
    let head = if used.is_empty() { String::new() } else { format!("query({}) ", used.join(", ")) };
    format!("{head}{{ {probe} }}")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_into_the_graph_shows_rows_of_another_network() {
    let world = World::new().await;
    let (ours, theirs) = (&world.ours, &world.theirs);
    let their_names = world.names(&format!("network_id = '{}'", theirs["network"])).await;
    let our_names = world.names(&format!("network_id = '{}'", ours["network"])).await;
    for (platform, client) in &world.platforms {
        let we = client.bearing(Bearer::of(&ours["person"]).text());
        let they = client.bearing(Bearer::of(&theirs["person"]).text());
        audited(&we, ours).await;
        audited(&they, theirs).await;
        every_root_field_is_probed(&we).await;
        for reply in world.operations(&we, theirs).await {
            shows_none(platform, &reply, &their_names);
            let data = reply.json()["data"].clone();
            let own = reply.asked.contains("my-units");
            assert!(own || is_blank(&without_pages(data)), "{platform}: an answer about a stranger\n{reply}");
        }
        for reply in world.operations(&we, ours).await {
            shows_none(platform, &reply, &their_names);
            reply.data();
        }
        let about_them = variables(&world, theirs).await;
        for (field, probe) in PROBES {
            let document = document(probe);
            shows_none(platform, &we.query(&document, &about_them).await, &their_names);
            // The same question is worth asking: it shows those who may see it something of theirs.
            let reply = they.query(&document, &about_them).await;
            assert!(their_names.iter().any(|name| reply.body.contains(name)), "{platform} {field}: {reply}");
            shows_none(platform, &reply, &our_names);
        }
        numbers_and_events(platform, (&we, &they), theirs).await;
        let entities = "query($id: ID!) { _entities(representations: [{ __typename: \"Location\", id: $id }]) { __typename } }";
        let reply = we.query(entities, &json!({ "id": theirs["location"] })).await;
        assert!(!reply.errors().is_empty() && reply.json().get("data").is_none(), "{platform}: {reply}");
    }
}

/// What strangers get of numbers and events about a unit, and those who may see it.
async fn numbers_and_events(platform: &str, (we, they): (&Client, &Client), theirs: &Units) {
    let unit = json!({ "unit": theirs["network"] });
    for field in NUMBERS {
        let document = format!("query($unit: ID!) {{ {field}(within: $unit) }}");
        let (ours, own) = (we.query(&document, &unit).await, they.query(&document, &unit).await);
        assert!(ours.json()["data"][field].is_null(), "{platform}: {ours}");
        assert!(own.data()[field].is_i64(), "{platform}: {own}");
    }
    for field in EVENTS {
        let document = format!(
            "subscription($unit: ID!) {{ {field}(within: $unit, after: 0) {{ __typename revision occurredAt }} }}"
        );
        let mut events = Events::open(we, &document, &unit).await;
        let refusal = events.next().await.expect("a refusal is told");
        let has_data = refusal.get("data").is_some_and(|data| !data.is_null());
        assert!(!has_data && refusal["errors"][0]["message"].is_string(), "{platform} {field}: {refusal}");
        assert_eq!(events.next().await, None, "{platform} {field}");
    }
}

/// Whether a list has more pages is no row.
fn without_pages(mut data: Value) -> Value {
    match &mut data {
        Value::Object(members) => {
            members.remove("pageInfo");
            members.values_mut().for_each(|member| *member = without_pages(member.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_pages(item.take())),
        _ => {}
    }
    data
}

/// Leaves a trace in the audit trail of a network.
async fn audited(client: &Client, units: &Units) {
    let mutation = "mutation($unit: ID!) { createRequirement(
        input: { unitId: $unit, jurisdiction: CUSTOM, type: OTHER, name: \"Opening speech\" }
    ) { requirement { id } userErrors { message } } }";
    let reply = client.query(mutation, &json!({ "unit": units["network"] })).await;
    assert!(reply.data()["createRequirement"]["requirement"]["id"].is_string(), "{reply}");
}

/// A root field that is new must be probed, too.
async fn every_root_field_is_probed(client: &Client) {
    let query = "{ __schema { queryType { fields { name } } subscriptionType { fields { name } } } }";
    let schema = client.query(query, &json!({})).await.data()["__schema"].take();
    for (root, others) in
        [("queryType", &[&PUBLIC[..], &NUMBERS].concat()), ("subscriptionType", &EVENTS.into())]
    {
        for field in schema[root]["fields"].as_array().unwrap() {
            let field = field["name"].as_str().unwrap();
            let probed = PROBES.iter().any(|(name, _)| *name == field) || others.contains(&field);
            assert!(probed, "no probe asks `{field}` for records of another network");
        }
    }
}
