//! Two gateways in front of the same services, with one Redis: clients cannot tell which of them they ask.

use http::Method;
use serde_json::json;

use crate::harness::{Bearer, Client, Redis, Reply, SMALL, Services, Setup, Units, demo};

/// `printf '{networks{nodes{id name}}}' | sha256sum`
const HASH: &str = "8e857af3fb8b2cad48b0dfbe8d9fd1676fb08405a2253e78549f76afd83f8715";

const QUERY: &str = "{networks{nodes{id name}}}";

/// Asks by the hash of a document, and sends the document with it if there is one.
async fn persisted(client: &Client, document: Option<&str>) -> Reply {
    let mut body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": HASH } } });
    if let Some(document) = document {
        body["query"] = document.into();
    }
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    client.send(Method::POST, "/graphql", &headers, body.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_share_budgets_and_persisted_queries() {
    let redis = Redis::start().await;
    let services = Services::start(demo(SMALL)).await;
    let units = Units::of_networks(&services.databases.networks.connection).await;
    let config = format!(
        "redis: {{ urls: ['{}'] }}
limits: {{ budget: {{ per_minute: 40, capacity: 1000 }} }}
",
        redis.url()
    );
    let setup = Setup { config, ..Setup::default() };
    let gateways = [services.gateway(&setup).await, services.gateway(&setup).await];
    let clients = |person: &str| {
        let token = Bearer::of(person).text();
        gateways.each_ref().map(|gateway| gateway.client.bearing(token.clone()))
    };
    let [first, second] = clients(&units[0]["person"]);
    assert_eq!(persisted(&second, None).await.errors()[0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    let answer = persisted(&first, Some(QUERY)).await.data();
    // It is told to the other while the answer is on its way.
    let found = loop {
        let reply = persisted(&second, None).await;
        if reply.errors().is_empty() {
            break reply.data();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(found, answer);

    let refused = loop {
        let reply = first.query(QUERY, &json!({})).await;
        if reply.status != 200 {
            break reply;
        }
    };
    // More than the first was refused, whatever has come back meanwhile.
    let twice = "{one: networks{nodes{id name}} two: networks{nodes{id name}}}";
    for reply in [refused, second.query(twice, &json!({})).await] {
        assert_eq!(reply.status, 429, "{reply}");
        assert_eq!(reply.errors()[0]["extensions"]["code"], "BUDGET_EXCEEDED", "{reply}");
        assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{reply}");
    }
    for other in clients(&units[1]["person"]) {
        assert_eq!(other.query(QUERY, &json!({})).await.status, 200, "each client has a budget of its own");
    }
}
