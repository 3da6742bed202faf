//! Changes as clients of a gateway are told them: completed by the other services, in both topologies.

mod service;

use serde_json::{Value, json};

use crate::harness::{Bearer, Client, Distributed, Embedded, Events, SMALL, Setup, Socket, Units, demo};

/// What happens at and below a unit, with what the other services know of it.
const CHANGES: &str = "subscription($within: ID!, $after: Int) {
    unitChanged(within: $within, after: $after) { kind revision unit {
        id name complianceScore { score } integrationHealth { total } performance(range: { preset: LAST_30_DAYS }) { days } } } }";

/// The same of the unit alone.
const UNIT: &str = "query($id: ID!) { unit(id: $id) {
    id name complianceScore { score } integrationHealth { total } performance(range: { preset: LAST_30_DAYS }) { days } } }";

async fn revision(client: &Client, within: &str) -> i64 {
    let query = "query($within: ID!) { unitRevision(within: $within) }";
    let data = client.query(query, &json!({ "within": within })).await.data();
    data["unitRevision"].as_i64().unwrap_or_else(|| panic!("{data}"))
}

/// Renames a location.
async fn rename(client: &Client, location: &str, name: &str) {
    let query = "query($id: ID!) { unit(id: $id) { version } }";
    let version = client.query(query, &json!({ "id": location })).await.data()["unit"]["version"].clone();
    let document = "mutation($id: ID!, $version: Int!, $name: String!) {
        updateLocation(id: $id, version: $version, input: { name: $name }) { userErrors { message } } }";
    let variables = json!({ "id": location, "version": version, "name": name });
    let reply = client.query(document, &variables).await;
    assert_eq!(reply.data()["updateLocation"]["userErrors"], json!([]), "{reply}");
}

/// The change in a response without errors.
#[track_caller]
fn change(response: Option<Value>) -> Value {
    let mut response = response.expect("the subscription goes on");
    assert!(response.get("errors").is_none(), "{response:#}");
    response["data"]["unitChanged"].take()
}

#[track_caller]
fn code(response: Option<Value>) -> Value {
    let mut response = response.expect("an error is told");
    response["errors"][0]["extensions"]["code"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_whoever_follows_it_in_both_topologies() {
    let demo = demo(SMALL);
    let embedded = Embedded::start(demo).await;
    let distributed = Distributed::start(demo, Setup::default()).await;
    let units = Units::of_networks(&distributed.services.databases.networks.connection).await;
    let [ours, theirs] = units.try_into().expect("the demo has two networks");
    for (platform, client) in [("embedded", &embedded.client), ("distributed", &distributed.client)] {
        let client = client.bearing(Bearer::of(&ours["person"]).text());
        told(platform, &client, &ours).await;
        told_from_here_on(platform, &client, &ours).await;
        told_of_requirements(platform, &client, &ours).await;
        told_of_figures(platform, &client, &ours).await;
        refused(platform, &client.bearing(Bearer::of(&theirs["person"]).text()), &ours).await;
    }
}

async fn told(platform: &str, client: &Client, units: &Units) {
    let (network, location) = (&units["network"], &units["location"]);
    let before = revision(client, network).await;
    let variables = json!({ "within": network, "after": before });
    let mut socket = Socket::subscribe(client, CHANGES, &variables).await;
    let mut events = Events::open(client, CHANGES, &variables).await;
    rename(client, location, "Renamed").await;
    let unit = client.query(UNIT, &json!({ "id": location })).await.data()["unit"].take();
    assert_eq!(unit["name"], "Renamed", "{platform}");
    assert!(unit["complianceScore"].is_object(), "{platform}: {unit}");
    let expected = json!({ "kind": "UPDATED", "revision": before + 1, "unit": unit });
    assert_eq!(change(socket.next().await), expected, "{platform}");
    assert_eq!(change(events.next().await), expected, "{platform}");
    rename(client, location, "Renamed again").await;
    assert_eq!(change(socket.next().await)["unit"]["name"], "Renamed again", "{platform}");
    assert_eq!(change(events.next().await)["unit"]["name"], "Renamed again", "{platform}");
    drop((socket, events));

    // What happened while nobody looked.
    rename(client, location, "Renamed unseen").await;
    let mut events = Events::open(client, CHANGES, &json!({ "within": network, "after": before + 1 })).await;
    for missed in [before + 2, before + 3] {
        assert_eq!(change(events.next().await)["revision"], missed, "{platform}");
    }
}

/// Without a revision to begin from, a subscription tells what happens while it is open.
async fn told_from_here_on(platform: &str, client: &Client, units: &Units) {
    let (network, location) = (&units["network"], &units["location"]);
    let before = revision(client, network).await;
    let mut events = Events::open(client, CHANGES, &json!({ "within": network })).await;
    // A client is not told when its subscription is in place: it is when it tells something.
    let renaming = async {
        for round in 0.. {
            rename(client, location, &format!("Renamed {round}")).await;
        }
    };
    let first = tokio::select! {
        event = events.next() => change(event)["revision"].as_i64().unwrap(),
        () = renaming => unreachable!("it goes on for ever"),
    };
    let latest = revision(client, network).await;
    assert!((before + 1..=latest).contains(&first), "{platform}: {first} of {before} to {latest}");
    rename(client, location, "Renamed at last").await;
    let mut told = first;
    while told <= latest {
        told += 1;
        assert_eq!(change(events.next().await)["revision"], told, "{platform}");
    }
}

/// Figures that come in, with the figures that they make.
async fn told_of_figures(platform: &str, client: &Client, units: &Units) {
    let (network, location) = (&units["network"], &units["location"]);
    let query = "query($within: ID!) { figuresRevision(within: $within) }";
    let before = client.query(query, &json!({ "within": network })).await.data();
    let document = "subscription($within: ID!, $after: Int) { figuresChanged(within: $within, after: $after) {
        from to days unit { ... on Location { code }
            performance(range: { from: \"1999-12-01\", to: \"1999-12-31\" }) { figures { transactions } } } } }";
    let variables = json!({ "within": network, "after": before["figuresRevision"] });
    let mut events = Events::open(client, document, &variables).await;
    let record = "mutation($input: RecordFactsInput!) {
        recordFacts(input: $input) { inserted userErrors { message } } }";
    let fact = |date: &str| {
        json!({ "locationId": location, "date": date, "revenueMinor": 100, "transactions": 2,
            "appointmentsBooked": 0, "appointmentsCompleted": 0, "appointmentsCancelled": 0,
            "appointmentsNoShow": 0, "clientsServed": 0, "clientsNew": 0, "clientsReturning": 0,
            "chairMinutesAvailable": 0, "chairMinutesBooked": 0, "staffMinutes": 0 })
    };
    let facts = [fact("1999-12-31"), fact("1999-12-24")];
    let reply = client.query(record, &json!({ "input": { "facts": facts } })).await;
    assert_eq!(
        reply.data()["recordFacts"],
        json!({ "inserted": 2, "userErrors": [] }),
        "{platform}: {reply}"
    );
    let unit = json!({ "code": units["code"], "performance": { "figures": { "transactions": 4 } } });
    let expected = json!({ "from": "1999-12-24", "to": "1999-12-31", "days": 2, "unit": unit });
    assert_eq!(events.next().await, Some(json!({ "data": { "figuresChanged": expected } })), "{platform}");
}

/// What another service tells, completed by the networks service.
async fn told_of_requirements(platform: &str, client: &Client, units: &Units) {
    let (network, location) = (&units["network"], &units["location"]);
    let query = "query($within: ID!) { requirementRevision(within: $within) }";
    let before = client.query(query, &json!({ "within": network })).await.data();
    let document =
        "subscription($within: ID!, $after: Int) { requirementChanged(within: $within, after: $after) {
        action requirement { name unit { id ... on Location { code } } } } }";
    let variables = json!({ "within": network, "after": before["requirementRevision"] });
    let mut events = Events::open(client, document, &variables).await;
    let create = "mutation($unit: ID!) { createRequirement(input: {
        unitId: $unit, jurisdiction: UK, type: TAX, name: \"VAT return\" }) { userErrors { message } } }";
    let reply = client.query(create, &json!({ "unit": location })).await;
    assert_eq!(reply.data()["createRequirement"]["userErrors"], json!([]), "{platform}: {reply}");
    let event = events.next().await;
    let expected = json!({ "action": "CREATE_REQUIREMENT", "requirement": { "name": "VAT return",
        "unit": { "id": location, "code": units["code"] } } });
    assert_eq!(event, Some(json!({ "data": { "requirementChanged": expected } })), "{platform}");
}

async fn refused(platform: &str, stranger: &Client, units: &Units) {
    let variables = json!({ "within": units["network"], "after": 0 });
    let mut events = Events::open(stranger, CHANGES, &variables).await;
    assert_eq!(code(events.next().await), "BAD_USER_INPUT", "{platform}");
    assert_eq!(events.next().await, None, "{platform}");
    let mut socket = Socket::subscribe(stranger, CHANGES, &variables).await;
    assert_eq!(code(socket.next().await), "BAD_USER_INPUT", "{platform}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_starts_again_goes_on_where_it_was() {
    let mut distributed = Distributed::start(demo(SMALL), Setup::default()).await;
    let units = Units::of_networks(&distributed.services.databases.networks.connection).await;
    let client = distributed.client.bearing(Bearer::of(&units[0]["person"]).text());
    let (network, location) = (&units[0]["network"], &units[0]["location"]);
    let after = revision(&client, network).await;
    let mut events = Events::open(&client, CHANGES, &json!({ "within": network, "after": after })).await;
    rename(&client, location, "Before").await;
    let last = change(events.next().await)["revision"].clone();

    distributed.services.restart("networks");
    assert_eq!(code(events.next().await), "SUBGRAPH_UNREACHABLE");
    assert_eq!(events.next().await, None);
    rename(&client, location, "After").await;
    let mut events = Events::open(&client, CHANGES, &json!({ "within": network, "after": last })).await;
    assert_eq!(change(events.next().await)["unit"]["name"], "After");
}
