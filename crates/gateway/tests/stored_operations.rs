//! Stored operations: loaded, listed, run.

use std::path::Path;
use std::sync::Arc;

use federation::Engine;
use gateway::Gateway;
use gateway::config::{Config, OperationsConfig, UpstreamConfig};
use gateway::upstream::{Client as Upstream, HttpTransport, Routes};
use serde_json::json;

use crate::harness::{Shop, TestGateway, caller_config, compose, graph_of};

const JSON: [(&str, &str); 1] = [("accept", "application/json")];

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn config(folder: &Path) -> Config {
    Config {
        operations: OperationsConfig { folder: Some(folder.to_path_buf()), ..OperationsConfig::default() },
        ..Config::default()
    }
}

const SHOP: [(&str, &str); 3] = [
    (
        "product-reviews.graphql",
        "# A product with its reviews.\n# The worst are left out.\nquery ProductReviews($id: ID!, $stars: Int = 3) {\n  \
         product(id: $id) { name reviews(minStars: $stars) { body } }\n}\n",
    ),
    ("rename.graphql", "mutation Rename($id: ID!, $name: String!) { rename(id: $id, name: $name) { name } }"),
    ("notes.txt", "left alone"),
];

async fn start(files: &[(&str, &str)]) -> TestGateway {
    let folder = folder(files);
    TestGateway::start(config(folder.path()), &Shop::open().await.subgraphs()).await
}

#[tokio::test]
async fn the_list_tells_what_each_operation_takes() {
    let gateway = start(&SHOP).await;
    let expected = json!({ "operations": [
        {
            "id": "product-reviews",
            "description": "A product with its reviews.\nThe worst are left out.",
            "kind": "query",
            "variables": [
                { "name": "id", "type": "ID!", "required": true },
                { "name": "stars", "type": "Int", "required": false, "default": "3" },
            ],
        },
        {
            "id": "rename",
            "description": null,
            "kind": "mutation",
            "variables": [
                { "name": "id", "type": "ID!", "required": true },
                { "name": "name", "type": "String!", "required": true },
            ],
        },
    ] });
    assert_eq!(gateway.client.get("/graphql/operations", &[]).await.json(), expected);
}

#[tokio::test]
async fn variables_come_from_the_query_string_or_the_body() {
    let gateway = start(&SHOP).await;
    let all =
        json!({ "product": { "name": "Table", "reviews": [{ "body": "sturdy" }, { "body": "heavy" }] } });
    let path = "/graphql/operations/product-reviews";
    assert_eq!(gateway.client.get(&format!("{path}?id=1&stars=0"), &JSON).await.data(), all);
    let body = r#"{"variables":{"id":"1","stars":0}}"#;
    assert_eq!(gateway.client.post(path, &[], body).await.data(), all);
    let best = json!({ "product": { "name": "Table", "reviews": [{ "body": "sturdy" }] } });
    assert_eq!(gateway.client.get(&format!("{path}?id=1"), &JSON).await.data(), best);
    let rename = r#"{"variables":{"id":"2","name":"Stool"}}"#;
    let data = gateway.client.post("/graphql/operations/rename", &[], rename).await.data();
    assert_eq!(data, json!({ "rename": { "name": "Stool" } }));
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let gateway = start(&SHOP).await;
    let get = async |path: &str| gateway.client.get(&format!("/graphql/operations/{path}"), &JSON).await;
    let unknown = "there is no stored operation of this id; did you mean `product-reviews`?";
    get("product-review?id=1").await.refused(404, "UNKNOWN_OPERATION", unknown);
    let unknown = "there is no stored operation of this id; `/graphql/operations` lists them";
    get("weather").await.refused(404, "UNKNOWN_OPERATION", unknown);
    let misspelt = "the variable `strs` is not one of this operation; did you mean `stars`?";
    get("product-reviews?id=1&strs=2").await.refused(400, "BAD_REQUEST", misspelt);
    let number = "the variable `stars` must be a whole number";
    get("product-reviews?id=1&stars=two").await.refused(400, "BAD_REQUEST", number);
    assert_eq!(get("product-reviews").await.error().1, "BAD_USER_INPUT");
    let mutation = "a GET request runs queries only; send this operation with POST";
    get("rename?id=1&name=x").await.refused(405, "METHOD_NOT_ALLOWED", mutation);
    let path = "/graphql/operations/product-reviews";
    let reply = gateway.client.post(path, &[], r#"{"variables":7}"#).await;
    reply.refused(400, "BAD_REQUEST", "`variables` must be a JSON object");
    assert_eq!(gateway.client.get(&format!("{path}?id=1"), &[]).await.error().1, "CSRF_PREVENTED");
}

#[tokio::test]
async fn strangers_are_refused() {
    let folder = folder(&SHOP);
    let config = Config { callers: caller_config(), ..config(folder.path()) };
    let gateway = TestGateway::start(config, &Shop::open().await.subgraphs()).await;
    for path in ["/graphql/operations", "/graphql/operations/product-reviews?id=1"] {
        assert_eq!(gateway.client.get(path, &JSON).await.error().1, "UNAUTHENTICATED", "{path}");
    }
}

#[tokio::test]
async fn every_problem_of_every_file_is_reported_at_start() {
    let folder = folder(&[
        ("good.graphql", "{ products { id } }"),
        ("misspelt.graphql", "query Misspelt {\n  prodcts { id }\n  products { nam }\n}"),
        ("broken.graphql", "query {"),
        ("two.graphql", "query A { products { id } } query B { products { id } }"),
        ("empty.graphql", ""),
        ("odd name.graphql", "{ products { id } }"),
    ]);
    let shop = Shop::open().await;
    let graph = graph_of(&compose(&shop.subgraphs()));
    let upstream = UpstreamConfig::default();
    let client = Upstream::new(&upstream).unwrap();
    let transport = HttpTransport::new(client, &upstream, &Routes::new()).unwrap();
    let engine = Engine::from_graph(graph, Arc::new(transport), federation::Config::default());
    let error = Gateway::new(Arc::new(engine), &config(folder.path())).err().unwrap().to_string();
    let lines: Vec<_> =
        error.lines().map(|line| line.replace(&format!("{}/", folder.path().display()), "")).collect();
    let starts = [
        "broken.graphql:1:",
        "empty.graphql:1:1: ",
        "misspelt.graphql:2:3: ",
        "misspelt.graphql:3:14: ",
        "odd name.graphql: the file's name is the operation's id: letters, digits, `-` and `_` only",
        "two.graphql: has 2 operations; a stored operation's file has exactly one",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}\ndoes not start with\n{start}");
    }
}
