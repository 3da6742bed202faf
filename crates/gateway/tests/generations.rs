//! A gateway that is replaced while it serves: what new requests meet, and what outlives a generation.

use std::sync::Arc;

use federation::Engine;
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use futures::future::BoxFuture;
use gateway::config::{Config, HttpConfig, OperationsConfig, RegistryConfig, ReloadConfig, Time};
use gateway::registry::{Registration, Registry};
use gateway::{Gateway, Live, StartError};
use serde_json::json;
use tokio::sync::Notify;

use crate::harness::{Socket, TestGateway, caller_config, compose, graph_of, token_with_scope};

/// A subgraph in the same process that answers when it is told to.
#[derive(Default)]
struct Slow {
    asked: Notify,
    answer: Notify,
}

impl Transport for Slow {
    fn call<'a>(&'a self, _: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(async move {
            self.asked.notify_one();
            self.answer.notified().await;
            Ok(Answer::Json(r#"{"data":{"value":"old"}}"#.into()))
        })
    }
}

/// A subgraph in the same process.
struct Quick;

impl Transport for Quick {
    fn call<'a>(&'a self, _: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(async { Ok(Answer::Json(r#"{"data":{"value":"new","more":"more"}}"#.into())) })
    }
}

fn engine(schema: &str, transport: Arc<dyn Transport>) -> Arc<Engine> {
    let graph = graph_of(&compose(&[("values", schema, "")]));
    Arc::new(Engine::from_graph(graph, transport, Config::default().engine()))
}

const OLD: &str = "type Query { value: String }";
const NEW: &str = "type Query { value: String more: String }";

/// `printf '{value}' | sha256sum`
const VALUE_HASH: &str = "db9a5a9b5a4cce07bf37a9a971eca3fcb9a404acf91b2afb1e3828dee0ff78b2";

#[tokio::test]
async fn a_request_ends_in_the_generation_it_began_in() {
    let slow = Arc::new(Slow::default());
    let live = Live::from(Gateway::new(engine(OLD, slow.clone()), &Config::default()).unwrap());
    let gateway = TestGateway::serve(live.clone()).await;
    let client = gateway.client.clone();
    let begun = tokio::spawn(async move { client.query("{ value }").await });
    slow.asked.notified().await;
    assert_eq!(gateway.client.query("{ more }").await.error().1, "GRAPHQL_VALIDATION_FAILED");

    // Paths are a part of what is replaced.
    let http = HttpConfig { prefixes: vec!["/shop".to_owned()], ..HttpConfig::default() };
    let config = Config { http, ..Config::default() };
    live.replace(live.gateway().successor(engine(NEW, Arc::new(Quick)), &config).await.unwrap());
    assert_eq!(
        gateway.client.query("{ value more }").await.data(),
        json!({ "value": "new", "more": "more" })
    );
    let prefixed =
        gateway.client.post("/shop/graphql", &[], &json!({ "query": "{ value }" }).to_string()).await;
    assert_eq!(prefixed.data()["value"], "new");

    slow.answer.notify_one();
    assert_eq!(begun.await.unwrap().data()["value"], "old");
}

#[tokio::test]
async fn a_websocket_answers_what_it_has_begun_before_it_is_closed() {
    let slow = Arc::new(Slow::default());
    let reload = ReloadConfig { end_subscriptions_within: Time::milliseconds(1), ..ReloadConfig::default() };
    let config = Config { reload, ..Config::default() };
    let live = Live::from(Gateway::new(engine(OLD, slow.clone()), &config).unwrap());
    let gateway = TestGateway::serve(live.clone()).await;
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    let mut quiet = Socket::connect(gateway.address, &json!({})).await;
    socket.subscribe("1", "{ value }").await;
    slow.asked.notified().await;
    live.replace(live.gateway().successor(engine(NEW, Arc::new(Quick)), &config).await.unwrap());
    assert_eq!(quiet.closing().await.0, 1012, "nothing runs on it");
    slow.answer.notify_one();
    assert_eq!(socket.hear().await["payload"]["data"]["value"], "old");
    assert_eq!(socket.hear().await["type"], "complete");
    assert_eq!(socket.closing().await.0, 1012);
}

#[tokio::test]
async fn persisted_and_registered_operations_and_their_statistics_outlive_a_generation() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ids.graphql"), "{ value }").unwrap();
    let database = format!("sqlite://{}?mode=rwc", folder.path().join("operations.db").display());
    let operations = OperationsConfig {
        folder: Some(folder.path().to_path_buf()),
        registry: Some(RegistryConfig::new(database.as_str())),
        ..OperationsConfig::default()
    };
    let config = Config { operations, callers: caller_config(), ..Config::default() };
    let registry = Registry::open(&database).await.unwrap();
    let register = |text: &str| Registration {
        id: "registered".to_owned(),
        owner: "team".to_owned(),
        description: None,
        deprecated_on: None,
        text: text.to_owned(),
    };
    registry.register(register("query Value { value }"), "ann").await.unwrap();
    let old = Gateway::new(engine(OLD, Arc::new(Quick)), &config).unwrap();
    let live = Live::from(old.with_registry(registry.clone()).await.unwrap());
    let gateway = TestGateway::serve(live.clone()).await;
    let token = token_with_scope("ann", "operations:admin");
    let headers = [("authorization", token.as_str()), ("accept", "application/json")];
    let kept = json!({
        "query": "{value}",
        "extensions": { "persistedQuery": { "version": 1, "sha256Hash": VALUE_HASH } },
    });
    gateway.client.post("/graphql", &headers, &kept.to_string()).await.data();
    for id in ["ids", "registered"] {
        gateway.client.get(&format!("/graphql/operations/{id}"), &headers).await.data();
    }

    live.replace(live.gateway().successor(engine(NEW, Arc::new(Quick)), &config).await.unwrap());
    let by_hash = json!({ "extensions": kept["extensions"] }).to_string();
    gateway.client.post("/graphql", &headers, &by_hash).await.data();
    gateway.client.get("/graphql/operations/registered", &headers).await.data();
    let listed = gateway.client.get("/graphql/registry", &headers).await.json();
    let counts: Vec<_> = listed["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| (&operation["id"], &operation["statistics"]["count"]))
        .collect();
    assert_eq!(counts, [(&json!("ids"), &json!(1)), (&json!("registered"), &json!(2))]);

    // What is registered is still followed, and not given up for a schema.
    let path = "/graphql/registry/registered";
    let body = json!({ "text": "query More { more }", "owner": "team" }).to_string();
    let json = [headers[0], ("content-type", "application/json")];
    assert_eq!(gateway.client.send(http::Method::PUT, path, &json, &body).await.json()["version"], 2);
    assert_eq!(
        gateway.client.get("/graphql/operations/registered", &headers).await.data(),
        json!({ "more": "more" })
    );
    let refused = live.gateway().successor(engine(OLD, Arc::new(Quick)), &config).await;
    let Err(StartError::Operations(problems)) = refused else { panic!("the schema is accepted") };
    assert!(problems.to_string().starts_with("registered.graphql:1:14: "), "{problems}");
}
