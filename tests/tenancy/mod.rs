//! A caller sees what their grants reach, through every way into the graph, in both topologies.

mod names;
mod narrowing;
mod strangers;
mod tokens;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Bearer, Client, Distributed, Embedded, Operation, Reply, SMALL, Setup, Units, demo};
use names::{Names, names_of};

/// Both topologies with the same data, and two networks in it.
struct World {
    /// By name.
    platforms: [(&'static str, Client); 2],
    operations: Vec<Operation>,
    ours: Units,
    theirs: Units,
    distributed: Distributed,
    _embedded: Embedded,
}

impl World {
    async fn new() -> Self {
        let demo = demo(SMALL);
        let embedded = Embedded::start(demo).await;
        let distributed = Distributed::start(demo, Setup::default()).await;
        let units = Units::of_networks(&distributed.services.databases.networks.connection).await;
        let [ours, theirs] = units.try_into().expect("the demo has two networks");
        let owner = distributed.client.bearing(Bearer::of(&ours["person"]).text());
        let operations = Operation::list(&owner.get("/graphql/operations").await);
        let platforms = [("embedded", embedded.client.clone()), ("distributed", distributed.client.clone())];
        Self { platforms, operations, ours, theirs, distributed, _embedded: embedded }
    }

    /// The stored operations' answers for units of a network.
    async fn operations(&self, client: &Client, units: &Units) -> Vec<Reply> {
        let mut replies = Vec::new();
        for operation in &self.operations {
            for level in ["network", "region", "group", "location"] {
                let variables = operation.variables(&units.at(level));
                if level == "network" || variables.get("unit").is_some() {
                    replies.push(client.operation(&operation.id, &variables).await);
                }
            }
        }
        replies
    }

    async fn names(&self, condition: &str) -> Names {
        names_of(&self.distributed.services.databases, condition).await
    }
}

/// The grants a caller has.
async fn grants(client: &Client) -> Reply {
    client.query("{ me { grants { role unit { id } } } }", &json!({})).await
}

/// Fails when an answer has a name in it. What the request itself says may come back in a message.
#[track_caller]
fn shows_none(platform: &str, reply: &Reply, names: &BTreeSet<String>) {
    let seen: Vec<&String> = names.iter().filter(|name| reply.body.contains(name.as_str())).collect();
    let seen: Vec<_> = seen.into_iter().filter(|name| !reply.asked.contains(name.as_str())).collect();
    assert!(seen.is_empty(), "{platform}: the answer shows {seen:?}\n{reply}");
}

/// All leaves of an answer's data are null, empty or zero.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
        Value::Bool(value) => !value,
        Value::Number(_) | Value::String(_) => false,
    }
}
