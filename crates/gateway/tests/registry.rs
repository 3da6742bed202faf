//! The registry of stored operations: administration over HTTP, replicas that follow, and stored operations only.

use std::path::Path;
use std::time::Duration;

use gateway::Gateway;
use gateway::config::{CallerConfig, Config, HttpConfig, OperationsConfig, OperationsMode, RegistryConfig};
use gateway::registry::Registry;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Reply, Shop, Socket, TestGateway, caller_config, engine, token_with_scope};

const JSON: [(&str, &str); 1] = [("accept", "application/json")];
/// How often the registry is looked at.
const INTERVAL: Duration = Duration::from_millis(5);
const NAMES: &str = "# Names.\nquery Names { products { name } }";

fn database(folder: &Path) -> String {
    format!("sqlite://{}?mode=rwc", folder.join("operations.db").display())
}

/// A gateway that follows a registry, with one operation of its folder.
async fn follower(database: &str, mode: OperationsMode, callers: CallerConfig) -> TestGateway {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ids.graphql"), "{ products { id } }").unwrap();
    let registry = Some(RegistryConfig::new(database));
    let folder = Some(folder.path().to_path_buf());
    let operations = OperationsConfig { folder, mode, registry, ..OperationsConfig::default() };
    let http = HttpConfig { max_batch_size: 10, ..HttpConfig::default() };
    let config = Config { operations, callers, http, ..Config::default() };
    let (engine, _) = engine(&config, &Shop::open().await.subgraphs());
    let gateway = Gateway::new(engine, &config).unwrap_or_else(|error| panic!("{error}"));
    let registry = Registry::open(database).await.unwrap();
    TestGateway::serve_following(gateway.with_registry(registry).await.unwrap(), INTERVAL).await
}

fn admin() -> (&'static str, String) {
    ("authorization", token_with_scope("ann", "operations:admin"))
}

async fn send(gateway: &TestGateway, method: Method, path: &str, body: &str) -> Reply {
    let (name, token) = admin();
    let headers =
        [(name, token.as_str()), ("content-type", "application/json"), ("accept", "application/json")];
    gateway.client.send(method, path, &headers, body).await
}

fn registration(text: &str) -> String {
    json!({ "text": text, "owner": "web-team" }).to_string()
}

/// Asks until an operation is answered with a status.
async fn until(gateway: &TestGateway, id: &str, status: u16) -> Reply {
    loop {
        let reply = send(gateway, Method::GET, &format!("/graphql/operations/{id}"), "").await;
        if reply.status == status {
            return reply;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_serves_what_is_registered_until_it_is_retired() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(folder.path());
    let one = follower(&url, OperationsMode::Any, caller_config()).await;
    let two = follower(&url, OperationsMode::Any, caller_config()).await;
    let path = "/graphql/registry/names";
    let body = json!({ "text": NAMES, "owner": "web-team", "deprecatedOn": "2026-01-01" }).to_string();
    let registered = send(&one, Method::PUT, path, &body).await;
    assert_eq!(registered.status, 201, "{registered:#?}");
    assert_eq!(send(&one, Method::PUT, path, &body).await.status, 200, "nothing new");
    let json = registered.json();
    assert_eq!(
        (&json["version"], &json["registeredBy"], &json["owner"]),
        (&json!(1), &json!("ann"), &json!("web-team"))
    );
    // Where it was registered at once, elsewhere soon.
    let served = send(&one, Method::GET, "/graphql/operations/names", "").await;
    assert_eq!(served.data(), json!({ "products": [{ "name": "Table" }, { "name": "Chair" }] }));
    assert_eq!(served.header("deprecation"), Some("@1767225600"));
    until(&two, "names", 200).await;
    let table = send(&two, Method::GET, "/graphql/operations/names.csv", "").await;
    assert_eq!(table.text, "name\r\nTable\r\nChair\r\n");
    assert_eq!(table.header("deprecation"), Some("@1767225600"));

    let next = send(&two, Method::PUT, path, &registration("query Names { products { id name } }")).await;
    assert_eq!(next.json()["version"], 2);
    let versions = send(&one, Method::GET, path, "").await.json();
    let numbers: Vec<&Value> =
        versions["versions"].as_array().unwrap().iter().map(|entry| &entry["version"]).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(send(&two, Method::DELETE, path, "").await.status, 204);
    until(&one, "names", 404).await;
    assert_eq!(send(&one, Method::DELETE, path, "").await.error().1, "OPERATION_NOT_REGISTERED");
}

#[tokio::test]
async fn only_administrators_change_the_registry() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = follower(&database(folder.path()), OperationsMode::Any, caller_config()).await;
    let token = token_with_scope("bob", "profile");
    for (method, path) in [
        (Method::GET, "/graphql/registry"),
        (Method::GET, "/graphql/registry/names"),
        (Method::PUT, "/graphql/registry/names"),
        (Method::DELETE, "/graphql/registry/ids"),
    ] {
        let body = registration(NAMES);
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let message = "this takes a token with the scope `operations:admin`";
        let reply = gateway.client.send(method.clone(), path, &headers, &body).await;
        reply.refused(403, "INSUFFICIENT_SCOPE", message);
        let stranger = gateway.client.send(method, path, &JSON, &body).await;
        assert_eq!(stranger.error().1, "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn what_cannot_be_served_is_not_registered() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = follower(&database(folder.path()), OperationsMode::Any, caller_config()).await;
    let cases = [
        ("names", registration("{ prodcts { id } }"), 422, "OPERATION_INVALID", "names.graphql:1:3: "),
        (
            "names",
            registration("# @table(rows: \"x\")\n{ products { id } }"),
            422,
            "OPERATION_INVALID",
            "names.graphql:1:3: `x` is no list",
        ),
        (
            "names",
            json!({ "text": NAMES, "owner": " " }).to_string(),
            422,
            "OPERATION_INVALID",
            "an owner is needed",
        ),
        ("na.mes", registration(NAMES), 422, "OPERATION_INVALID", "an id is letters, digits,"),
        ("ids", registration(NAMES), 409, "OPERATION_EXISTS", "the gateway's folder has"),
        ("names", "{".to_owned(), 400, "BAD_REQUEST", "the request body is not valid JSON"),
        ("names", "{}".to_owned(), 400, "BAD_REQUEST", "`the body` must be an object of `text`"),
    ];
    for (id, body, status, code, message) in cases {
        let reply = send(&gateway, Method::PUT, &format!("/graphql/registry/{id}"), &body).await;
        let error = reply.error();
        assert_eq!((error.0, error.1.as_str()), (status, code), "{reply:#?}");
        assert!(error.2.starts_with(message), "{error:?}");
    }
    let listed = send(&gateway, Method::GET, "/graphql/registry", "").await.json();
    assert_eq!(listed["operations"].as_array().unwrap().len(), 1, "the folder's: {listed}");
}

#[tokio::test]
async fn the_list_tells_how_operations_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = follower(&database(folder.path()), OperationsMode::Any, caller_config()).await;
    let before = send(&gateway, Method::GET, "/graphql/registry", "").await.json();
    assert_eq!(before["operations"][0]["statistics"]["count"], 0);
    send(&gateway, Method::GET, "/graphql/operations/ids", "").await.data();
    send(&gateway, Method::GET, "/graphql/operations/ids?nothing=1", "").await;
    send(&gateway, Method::POST, "/graphql", &by_hash(None, STORED.1).to_string()).await.data();
    let after = send(&gateway, Method::GET, "/graphql/registry", "").await.json();
    let statistics = &after["operations"][0]["statistics"];
    assert_eq!((&statistics["count"], &statistics["errors"]), (&json!(3), &json!(1)));
    assert!(statistics["p95"].as_f64().unwrap() > 0.0 && statistics["lastUsed"].is_string(), "{statistics}");
}

/// A request that names a document by its hash, with its text or without.
fn by_hash(text: Option<&str>, hash: &str) -> Value {
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    match text {
        Some(text) => json!({ "query": text, "extensions": extensions }),
        None => json!({ "extensions": extensions }),
    }
}

/// A stored operation: text, and its SHA-256 as `sha256sum` prints it.
const STORED: (&str, &str) =
    ("{ products { id } }", "1f476960cf22c05ecced6e3c0fe144b39f81c5feb019ec6b17074fb143f71aec");
const OTHER: (&str, &str) =
    ("{ products { name } }", "7f54f640428e71e2ea86e3d5067efb66a5096cac22dda1c4e355eb8b307b47f3");

/// Requests for documents: answered with these codes where anything runs, and where only stored operations do.
fn requests() -> [(Value, Option<&'static str>, Option<&'static str>); 13] {
    let (not_stored, not_found) = (Some("OPERATION_NOT_STORED"), Some("PERSISTED_QUERY_NOT_FOUND"));
    let mismatch = Some("PERSISTED_QUERY_HASH_MISMATCH");
    let (unknown, malformed) = (Some("UNKNOWN_OPERATION"), Some("BAD_REQUEST"));
    let hashed = |hash: &str| json!({ "documentId": format!("sha256:{hash}"), "query": "" });
    [
        (json!({ "documentId": "ids" }), None, None),
        (json!({ "documentId": "names" }), unknown, unknown),
        (json!({ "documentId": "ids", "query": STORED.0 }), malformed, malformed),
        (json!({ "documentId": format!("sha1:{}", STORED.1) }), malformed, malformed),
        (hashed(STORED.1), None, None),
        (hashed(OTHER.1), not_found, not_stored),
        (json!({ "query": STORED.0 }), None, None),
        (by_hash(None, STORED.1), None, None),
        (by_hash(Some(STORED.0), STORED.1), None, None),
        (by_hash(Some(STORED.0), OTHER.1), mismatch, mismatch),
        (by_hash(None, OTHER.1), not_found, not_stored),
        (by_hash(Some(OTHER.0), OTHER.1), None, not_stored),
        (
            json!({ "query": "{ __schema { queryType { name } } }" }),
            Some("INTROSPECTION_DISABLED"),
            not_stored,
        ),
    ]
}

/// The code of the first error of a response.
fn code(response: &Value) -> Option<&str> {
    response.pointer("/errors/0/extensions/code").map(|code| code.as_str().unwrap())
}

#[tokio::test]
async fn documents_run_as_the_mode_allows_however_they_come() {
    for mode in [OperationsMode::Any, OperationsMode::Only] {
        let folder = tempfile::tempdir().unwrap();
        let gateway = follower(&database(folder.path()), mode, CallerConfig::default()).await;
        let mut socket = Socket::connect(gateway.address, &json!({})).await;
        for (number, (request, any, only)) in requests().into_iter().enumerate() {
            let expected = if mode == OperationsMode::Only { only } else { any };
            let reply = gateway.client.post("/graphql", &JSON, &request.to_string()).await.json();
            assert_eq!(code(&reply), expected, "{mode:?}: {request}: {reply}");
            let batch = gateway.client.post("/graphql", &JSON, &json!([request]).to_string()).await.json();
            // What was kept of the request before is found by its hash.
            assert_eq!(code(&batch[0]), expected, "{mode:?}: [{request}]: {batch}");
            let id = number.to_string();
            socket.say(&json!({ "id": id, "type": "subscribe", "payload": request })).await;
            let told = socket.hear().await;
            match expected {
                Some(expected) => assert_eq!(told["payload"][0]["extensions"]["code"], expected, "{told}"),
                None => {
                    assert_eq!(told["type"], "next", "{mode:?}: {request}: {told}");
                    assert_eq!(socket.hear().await["type"], "complete");
                }
            }
        }
    }
}

#[tokio::test]
async fn where_only_stored_operations_run_they_run_by_id_and_as_tables_until_retired() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = follower(&database(folder.path()), OperationsMode::Only, caller_config()).await;
    let ids = json!({ "products": [{ "id": "1" }, { "id": "2" }] });
    assert_eq!(send(&gateway, Method::GET, "/graphql/operations/ids", "").await.data(), ids);
    let table = send(&gateway, Method::GET, "/graphql/operations/ids.csv", "").await;
    assert_eq!(table.text, "id\r\n1\r\n2\r\n");
    // Known by its hash as long as it is registered, also to the store of persisted queries.
    let request = by_hash(Some(OTHER.0), OTHER.1).to_string();
    send(&gateway, Method::PUT, "/graphql/registry/names", &registration(OTHER.0)).await;
    send(&gateway, Method::POST, "/graphql", &request).await.data();
    send(&gateway, Method::DELETE, "/graphql/registry/names", "").await;
    let refused = send(&gateway, Method::POST, "/graphql", &by_hash(None, OTHER.1).to_string()).await;
    refused.refused(
        403,
        "OPERATION_NOT_STORED",
        "only stored operations may run here; run one by its id, see `/graphql/operations`, or by its hash",
    );
}
