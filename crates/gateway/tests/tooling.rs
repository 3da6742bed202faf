//! What tools that work on a graph ask: its schema, and what is to be said of a document.

use gateway::config::{Anonymous, CallerConfig, Config, HttpConfig, OperationsConfig};
use serde_json::{Value, json};

use crate::harness::{Shop, TestGateway, caller_config, token};

const REVIEWED: &str = "query Reviewed($id: ID!) { product(id: $id) { name reviews { stars } } }";

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

fn dev() -> Config {
    Config { dev: true, ..Config::default() }
}

fn open_to_all() -> Config {
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    Config { callers, ..Config::default() }
}

#[tokio::test]
async fn the_schema_is_sdl_or_json_as_one_asks() {
    let http = HttpConfig { prefixes: vec!["/api/v2/shop".to_owned()], ..HttpConfig::default() };
    let gateway = start(Config { http, ..dev() }).await;
    for path in ["/graphql/schema", "/graphql/schema?format=sdl", "/api/v2/shop/graphql/schema"] {
        let reply = gateway.client.get(path, &[]).await;
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"), "{path}");
        assert!(reply.text.contains("type Product {"), "{}", reply.text);
        assert!(!reply.text.contains("join__"), "clients see no part of the supergraph: {}", reply.text);
    }
    let cases =
        [("/graphql/schema?format=json", None), ("/graphql/schema", Some(("accept", "application/json")))];
    for (path, accept) in cases {
        let reply = gateway.client.get(path, accept.as_slice()).await;
        assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
        let types = reply.json()["data"]["__schema"]["types"].clone();
        let names: Vec<&str> =
            types.as_array().unwrap().iter().filter_map(|ty| ty["name"].as_str()).collect();
        assert!(names.contains(&"Review"), "{names:?}");
    }
    let reply = gateway.client.get("/graphql/schema?format=xml", &[]).await;
    reply.refused(400, "BAD_REQUEST", "`format` must be `sdl` or `json`");
}

#[tokio::test]
async fn an_unchanged_schema_is_not_sent_again() {
    let gateway = start(dev()).await;
    for path in ["/graphql/schema", "/graphql/schema?format=json"] {
        let first = gateway.client.get(path, &[]).await;
        assert_eq!(first.header("cache-control"), Some("private, max-age=0"), "{path}");
        let tag = first.header("etag").unwrap();
        let again = gateway.client.get(path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn strangers_are_not_told_the_schema() {
    let gateway = start(open_to_all()).await;
    let message = "this graph needs a token; send the header `Authorization: Bearer <token>`";
    gateway.client.get("/graphql/schema", &[]).await.refused(401, "UNAUTHENTICATED", message);
    let body = json!({ "query": REVIEWED }).to_string();
    gateway.client.post("/graphql/validate", &[], &body).await.refused(401, "UNAUTHENTICATED", message);
    let known = token("ann", 60);
    let headers = [("authorization", known.as_str())];
    assert_eq!(gateway.client.get("/graphql/schema", &headers).await.status.as_u16(), 200);
    assert_eq!(gateway.client.post("/graphql/validate", &headers, &body).await.status.as_u16(), 200);
}

async fn judged(gateway: &TestGateway, body: Value) -> Value {
    let reply = gateway.client.post("/graphql/validate", &[], &body.to_string()).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text);
    reply.json()
}

#[tokio::test]
async fn a_valid_document_is_told_its_cost_its_plan_and_advice() {
    let gateway = start(dev()).await;
    let report = judged(&gateway, json!({ "query": REVIEWED, "variables": { "id": "1" } })).await;
    assert_eq!(report["invalid"], 0);
    let operation = &report["operations"][0];
    assert_eq!(operation["name"], "Reviewed");
    assert_eq!(operation["errors"], json!([]));
    assert_eq!((&operation["requests"], &operation["steps"]), (&json!(2), &json!(2)));
    let told = operation["fields"].as_array().unwrap();
    let sum: u64 = told.iter().filter_map(|field| field["cost"].as_u64()).sum();
    assert_eq!(operation["cost"].as_u64(), Some(sum), "the fields add up to the whole: {told:?}");
    let list = told.iter().find(|field| field["coordinate"] == "Product.reviews").unwrap();
    assert_eq!(list["sizeFrom"], "not bounded");
    let advice = operation["advice"].as_array().unwrap();
    assert!(
        advice.iter().any(|one| one.as_str().unwrap().contains("`Product.reviews` is a list")),
        "{advice:?}"
    );
    assert!(advice.iter().any(|one| one.as_str().unwrap().contains("`reviews` is asked for")), "{advice:?}");
    assert!(operation["plan"]["text"].as_str().unwrap().contains("#1 reviews after #0"), "{operation}");
    assert_eq!(operation["plan"]["json"]["fetches"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let gateway = start(dev()).await;
    let report = judged(&gateway, json!({ "query": "{\n  products { nmae }\n}" })).await;
    let error = json!({
        "message": "type `Product` does not have a field `nmae`; did you mean `name`?",
        "line": 2,
        "column": 14
    });
    assert_eq!(report["invalid"], 1);
    assert_eq!(report["operations"][0]["errors"], json!([error]));
}

#[tokio::test]
async fn one_of_several_operations_is_judged_by_its_name() {
    let gateway = start(dev()).await;
    let both = "query A { products { name } } query B { latest { body } }";
    let names = |report: &Value| -> Vec<String> {
        let operations = report["operations"].as_array().unwrap();
        operations.iter().map(|operation| operation["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&judged(&gateway, json!({ "query": both })).await), ["A", "B"]);
    assert_eq!(names(&judged(&gateway, json!({ "query": both, "operationName": "B" })).await), ["B"]);
    let report = judged(&gateway, json!({ "query": both, "operationName": "C" })).await;
    assert_eq!(report["invalid"], 1);
    let error = &report["operations"][0]["errors"][0]["message"];
    assert!(error.as_str().unwrap().contains("no operation named `C`"), "{report}");
}

#[tokio::test]
async fn stored_operations_that_ask_the_same_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let stored = "# Reviews of a product.\nquery Reviewed($id: ID!) {\n  product(id: $id) { name reviews { stars } }\n}\n";
    std::fs::write(folder.path().join("reviewed.graphql"), stored).unwrap();
    let operations =
        OperationsConfig { folder: Some(folder.path().to_path_buf()), ..OperationsConfig::default() };
    let gateway = start(Config { operations, ..dev() }).await;
    let report = judged(&gateway, json!({ "query": REVIEWED })).await;
    assert_eq!(report["operations"][0]["storedAs"], json!(["reviewed"]));
    let other = judged(&gateway, json!({ "query": "{ products { name } }" })).await;
    assert_eq!(other["operations"][0]["storedAs"], json!([]));
}

#[tokio::test]
async fn requests_that_are_none_are_refused() {
    let gateway = start(dev()).await;
    let post = async |body: &str| gateway.client.post("/graphql/validate", &[], body).await;
    post("{}").await.refused(400, "BAD_REQUEST", "`query` is missing; it is the GraphQL document to run");
    let message = "the request body is not valid JSON (line 1, column 1)";
    post("{").await.refused(400, "BAD_REQUEST", message);
    let large = json!({ "query": " ".repeat(2 << 20) }).to_string();
    post(&large).await.refused(413, "PAYLOAD_TOO_LARGE", "the request body is larger than 1048576 bytes");
    let get = gateway.client.get("/graphql/validate", &[]).await;
    get.refused(405, "METHOD_NOT_ALLOWED", "this path does not have this method; use POST");
}
