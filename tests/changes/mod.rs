//! Changes through the gateway, in both topologies: what one service is told, the others follow.

mod access;
mod order;
mod refusals;
mod units;

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Bearer, Client, Distributed, Embedded, Reply, SMALL, Setup, Units, demo};

/// How long services may take to follow a change before a test gives up: a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// Both topologies with the same data.
struct World {
    /// By name, as the owner of `ours` sees them.
    platforms: [(&'static str, Client); 2],
    ours: Units,
    theirs: Units,
    _distributed: Distributed,
    _embedded: Embedded,
}

impl World {
    async fn new() -> Self {
        let demo = demo(SMALL);
        let embedded = Embedded::start(demo).await;
        let distributed = Distributed::start(demo, Setup::default()).await;
        let units = Units::of_networks(&distributed.services.databases.networks.connection).await;
        let [ours, theirs] = units.try_into().expect("the demo has two networks");
        let owner = Bearer::of(&ours["person"]).text();
        let platforms = [
            ("embedded", embedded.client.bearing(&owner)),
            ("distributed", distributed.client.bearing(&owner)),
        ];
        Self { platforms, ours, theirs, _distributed: distributed, _embedded: embedded }
    }
}

/// The payload of a change that must succeed.
#[track_caller]
fn done(reply: &Reply, field: &str) -> Value {
    let mut data = reply.data();
    assert_eq!(data[field]["userErrors"], json!([]), "{reply}");
    data[field].take()
}

/// Changes something, which must succeed; the document's only root field is `field`.
async fn change(client: &Client, field: &str, document: &str, variables: Value) -> Value {
    done(&client.query(document, &variables).await, field)
}

/// Asks until the data is as wanted: services follow each other's changes in their own time.
async fn until(client: &Client, document: &str, variables: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut latest = None;
    let asked = async {
        loop {
            let reply = client.query(document, variables).await;
            let data = reply.json()["data"].take();
            if wanted(&data) {
                return data;
            }
            latest = Some(reply);
        }
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(data) => data,
        Err(_) => panic!("it did not become as wanted; the last answer:\n{}", latest.unwrap()),
    }
}

/// The id in a record.
fn id(record: &Value) -> String {
    record["id"].as_str().unwrap_or_else(|| panic!("no id in {record}")).to_owned()
}

/// Creates a person of a network.
async fn newcomer(client: &Client, network: &str, name: &str) -> String {
    let document = "mutation($input: CreatePersonInput!) {
        createPerson(input: $input) { person { id } userErrors { code field message } } }";
    let input = json!({ "networkId": network, "name": name, "email": format!("{name}@changes.example") });
    let payload = change(client, "createPerson", document, json!({ "input": input })).await;
    id(&payload["person"])
}
