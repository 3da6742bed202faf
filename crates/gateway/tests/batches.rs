//! Lists of requests in one body.

use gateway::config::{Config, HttpConfig};
use serde_json::json;

use crate::harness::{Shop, TestGateway};

async fn start(max_batch_size: usize) -> TestGateway {
    let http = HttpConfig { max_batch_size, ..HttpConfig::default() };
    TestGateway::start(Config { http, ..Config::default() }, &Shop::open().await.subgraphs()).await
}

#[tokio::test]
async fn each_request_has_its_response_in_its_place() {
    let gateway = start(5).await;
    let list = json!([
        { "query": "{ product(id: 1) { name } }" },
        { "query": "{ nothing }" },
        { "query": "query Q($id: ID!) { product(id: $id) { name } }", "variables": { "id": 2 } },
        { "variables": {} },
        { "query": "subscription { arrivals { note } }" },
    ]);
    let reply = gateway.client.post("/graphql", &[], &list.to_string()).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, Some("no-store")));
    let responses = reply.json();
    assert_eq!(responses.as_array().unwrap().len(), 5, "{responses:#}");
    assert_eq!(responses[0], json!({ "data": { "product": { "name": "Table" } } }));
    assert_eq!(responses[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(responses[2], json!({ "data": { "product": { "name": "Chair" } } }));
    assert_eq!(responses[3]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    assert_eq!(responses[4]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn lists_are_bounded_and_off_by_default() {
    let one = json!({ "query": "{ __typename }" });
    let gateway = start(2).await;
    let list = |number| serde_json::Value::Array(vec![one.clone(); number]).to_string();
    assert_eq!(gateway.client.post("/graphql", &[], &list(2)).await.status, 200);
    let message = "the list has more than 2 requests; send several lists";
    gateway.client.post("/graphql", &[], &list(3)).await.refused(400, "LIMIT_BATCH", message);
    let message = "`the list of requests` must be one request or more";
    gateway.client.post("/graphql", &[], "[]").await.refused(400, "BAD_REQUEST", message);
    let message = "the request body is not valid JSON (line 1, column 1)";
    gateway.client.post("/graphql", &[], "[").await.refused(400, "BAD_REQUEST", message);
    let gateway = start(HttpConfig::default().max_batch_size).await;
    let message = "a list of requests is not accepted; send one request a time";
    gateway.client.post("/graphql", &[], &list(1)).await.refused(400, "BAD_REQUEST", message);
}
