//! Answers in several payloads are paid for by their sum.

use http::Method;
use serde_json::json;

use super::{is_refused, limited, parameter, start};
use crate::harness::{Socket, TestGateway};

/// Costs 110 by estimate, and 5 in fact: two products and three reviews.
const DEFERRED: &str = "{ products { name ... @defer { reviews { stars } } } }";

/// The same, with the products told twice in one of the formats.
const TWICE: &str = "{ products { name } ... @defer { products { reviews { stars } } } }";

/// Costs 1 by estimate and nothing in fact.
const NOTHING: &str = "{ product(id: 9) { name } }";

/// Waits until as much is left while something is asked that costs 1 until it is answered.
async fn left(gateway: &TestGateway, expected: u64) {
    loop {
        let reply = gateway.client.query(NOTHING).await;
        if !is_refused(&reply) && parameter(&reply, "ratelimit", "r") == expected {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_all_payloads_do_not_cost_is_given_back_with_the_last() {
    let accepted = [
        "multipart/mixed;deferSpec=20220824",
        "multipart/mixed;incrementalSpec=v0.2",
        "text/event-stream;incrementalSpec=v0.2",
    ];
    for query in [DEFERRED, TWICE] {
        for accept in accepted {
            let gateway = start(limited(110)).await;
            let body = json!({ "query": query }).to_string();
            let headers = [("content-type", "application/json"), ("accept", accept)];
            let reply = gateway.client.send(Method::POST, "/graphql", &headers, &body).await;
            assert!(reply.text.contains("\"hasNext\":false"), "{accept}: {query}: {reply:#?}");
            assert_eq!(parameter(&reply, "ratelimit", "r"), 0, "{accept}: {query}: {reply:#?}");
            left(&gateway, 104).await;
        }
    }
}

#[tokio::test]
async fn so_it_is_through_a_websocket() {
    let gateway = start(limited(110)).await;
    let mut socket = Socket::connect(gateway.address, &json!({ "incrementalSpec": "v0.2" })).await;
    socket.subscribe("1", DEFERRED).await;
    while socket.hear().await["type"] == "next" {}
    left(&gateway, 104).await;
}
