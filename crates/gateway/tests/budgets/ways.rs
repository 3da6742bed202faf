//! Every way in which operations are run takes from the same budget.

use gateway::config::{Config, HttpConfig, OperationsConfig};
use http::Method;
use serde_json::{Value, json};

use super::{PRODUCTS, RENAME, is_refused, limited, parameter, start};
use crate::harness::{Socket, TestGateway};

/// `printf '{ products { name } }' | sha256sum`
const HASH: &str = "7f54f640428e71e2ea86e3d5067efb66a5096cac22dda1c4e355eb8b307b47f3";

/// A name, and method, path, headers and body of a request.
type Way<'a> = (&'a str, Method, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// A gateway over a stored operation, and its folder.
async fn stored(capacity: u64) -> (TestGateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("products.graphql"), PRODUCTS).unwrap();
    let operations =
        OperationsConfig { folder: Some(folder.path().to_path_buf()), ..OperationsConfig::default() };
    (start(Config { operations, ..limited(capacity) }).await, folder)
}

#[tokio::test]
async fn each_way_of_asking_is_refused_and_allowed() {
    let query = json!({ "query": PRODUCTS }).to_string();
    let hashed =
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": HASH } } }).to_string();
    let deferred = json!({ "query": "{ products { id ... @defer { name } } }" }).to_string();
    let json = ("content-type", "application/json");
    let by_get = "/graphql?query=%7Bproducts%7Bname%7D%7D";
    let cases: [Way<'_>; 7] = [
        ("POST", Method::POST, "/graphql", &[json], &query),
        ("GET", Method::GET, by_get, &[("apollo-require-preflight", "1")], ""),
        ("stored by POST", Method::POST, "/graphql/operations/products", &[json], "{}"),
        (
            "stored by GET",
            Method::GET,
            "/graphql/operations/products",
            &[("apollo-require-preflight", "1")],
            "",
        ),
        ("by hash", Method::POST, "/graphql", &[json], &hashed),
        (
            "in several payloads",
            Method::POST,
            "/graphql",
            &[json, ("accept", "multipart/mixed;deferSpec=20220824")],
            &deferred,
        ),
        ("as events", Method::POST, "/graphql", &[json, ("accept", "text/event-stream")], &query),
    ];
    for (name, method, path, headers, body) in cases {
        let (poor, _folder) = stored(9).await;
        let reply = poor.client.send(method.clone(), path, headers, body).await;
        assert!(is_refused(&reply), "{name}: {reply:#?}");
        let (rich, _folder) = stored(10).await;
        let reply = rich.client.send(method, path, headers, body).await;
        assert_eq!(
            (reply.status.as_u16(), parameter(&reply, "ratelimit", "r")),
            (200, 0),
            "{name}: {reply:#?}"
        );
    }
}

#[tokio::test]
async fn each_request_of_a_list_is_paid_for() {
    let http = HttpConfig { max_batch_size: 5, ..HttpConfig::default() };
    let gateway = start(Config { http, ..limited(25) }).await;
    let list = json!([{ "query": RENAME }, { "query": RENAME }, { "query": RENAME }]).to_string();
    let reply = gateway.client.post("/graphql", &[], &list).await;
    let responses = reply.json();
    let refused = |response: &&Value| response["errors"][0]["extensions"]["code"] == "BUDGET_EXCEEDED";
    let refused: Vec<_> = responses.as_array().unwrap().iter().filter(refused).collect();
    assert_eq!((reply.status.as_u16(), refused.len()), (200, 1), "{responses:#}");
    assert!(refused[0]["errors"][0]["extensions"]["retryAfter"].is_u64(), "{responses:#}");
    assert_eq!((parameter(&reply, "ratelimit", "r"), reply.header("retry-after")), (3, None), "{reply:#?}");
}

#[tokio::test]
async fn an_operation_of_a_websocket_is_refused_by_itself() {
    let gateway = start(limited(11)).await;
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    socket.subscribe("one", RENAME).await;
    assert_eq!(socket.hear().await["payload"]["data"]["rename"]["name"], "Desk");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "one" }));
    socket.subscribe("two", RENAME).await;
    let refusal = socket.hear().await;
    assert_eq!((&refusal["type"], &refusal["id"]), (&json!("error"), &json!("two")), "{refusal:#}");
    let extensions = &refusal["payload"][0]["extensions"];
    assert!(extensions["code"] == "BUDGET_EXCEEDED" && extensions["retryAfter"].is_u64(), "{refusal:#}");
    // It is the budget of the caller, not of the connection.
    assert!(is_refused(&gateway.client.query(RENAME).await));
    socket.subscribe("three", "{ __typename }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["__typename"], "Query");
}
