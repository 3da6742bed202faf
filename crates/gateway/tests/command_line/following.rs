//! What is told of operations that last: subscriptions and tables, as spans and as slow operations.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;
use traces::testing::{Collector, Exported, tree};

use super::log::lines;
use super::{Served, command, folder};
use crate::harness::{News, Shop, Socket, compose};

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ARRIVALS: &str = "subscription New { arrivals(limit: 2) { note product { name } } }";
const TABLE: &str = "query All { products { name } }";

fn files(shop: &Shop, news: &News, upstream: &str, telemetry: &str) -> TempDir {
    let [products, reviews] = shop.subgraphs();
    let supergraph = compose(&[products, reviews, news.subgraph()]);
    let config = format!(
        "listen: 127.0.0.1:0
supergraph: supergraph.graphql
operations: {{ folder: operations }}
upstream: {{ retry: {{ attempts: 1, delay: 40ms }}{upstream} }}
telemetry:
{telemetry}"
    );
    let folder = folder(&[("supergraph.graphql", &supergraph), ("gateway.yaml", &config)]);
    std::fs::create_dir(folder.path().join("operations")).unwrap();
    std::fs::write(folder.path().join("operations/all.graphql"), TABLE).unwrap();
    folder
}

fn serve(folder: &TempDir) -> Served {
    Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]))
}

/// What two arrivals bring through a WebSocket, followed to the end.
async fn follow(address: SocketAddr, news: &News) -> [Value; 2] {
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("traceparent", SAMPLED)];
    let mut socket = Socket::open(address, &headers).await.unwrap();
    socket.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    let mut told = [Value::Null, Value::Null];
    for (told, id) in told.iter_mut().zip(["1", "2"]) {
        news.arrive(id, "new");
        *told = socket.hear().await["payload"].take();
    }
    assert_eq!(socket.hear().await["type"], "complete");
    assert_eq!(socket.close().await, 1000);
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_and_tables_are_traces_to_their_end() {
    let (shop, news, collector) = (Shop::open().await, News::open().await, Collector::open().await);
    let folder =
        files(&shop, &news, "", &format!("  otlp: {{ endpoint: 'http://{}' }}\n", collector.address));
    let served = serve(&folder);
    let [first, second] = follow(served.address, &news).await;
    let name = |told: &Value| told["data"]["arrivals"]["product"]["name"].clone();
    assert_eq!((name(&first), name(&second)), (json!("Table"), json!("Chair")));
    let table = served.client.get("/graphql/operations/all.csv", &[("traceparent", SAMPLED)]).await;
    assert_eq!(table.text, "name\r\nTable\r\nChair\r\n");
    assert_eq!(served.terminate(), Some(0));
    let last = ["GET /graphql/operations/{id}", "websocket operation"];
    let is_there = |spans: &[Exported], name: &str| spans.iter().any(|span| span.name == name);
    let spans = collector.spans(|spans| last.iter().all(|name| is_there(spans, name))).await;
    assert_eq!(
        tree(&spans, &["subgraph.name", "graphql.operation.type"]),
        "GET /graphql server
  websocket operation server
    event
      POST products client subgraph.name=products graphql.operation.type=query
    event
      POST products client subgraph.name=products graphql.operation.type=query
    prepare
      parse
      plan
    subscribe
      subscribe news client subgraph.name=news graphql.operation.type=subscription
GET /graphql/operations/{id} server
  execute graphql.operation.type=query
    POST products client subgraph.name=products graphql.operation.type=query
  prepare
    parse
    plan
"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_tables_and_events_are_told_as_such() {
    let (shop, news) = (Shop::open().await, News::open().await);
    // Nobody listens there, so that it is asked again after 20 ms or more.
    let away = ", subgraphs: { products: { url: 'http://127.0.0.1:9/' } }";
    let folder = files(&shop, &news, away, "  slow_operations: { threshold: 15ms, max_per_minute: 100 }\n");
    let served = serve(&folder);
    served.client.get("/graphql/operations/all.csv", &[("x-request-id", "table")]).await;
    let slow = lines(&served, "gateway::slow_operation", "table").await;
    let [table] = slow.as_slice() else { panic!("{slow:#?}") };
    assert_eq!((&table["kind"], &table["operation"]), (&json!("table"), &json!("All")), "{table}");
    assert_eq!(table["subgraph_calls"], json!(2), "{table}");
    follow(served.address, &news).await;
    // The line of the operation comes after those of its events.
    let (events, whole) = loop {
        let log = served.log.lock().unwrap().clone();
        let entries = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let (events, others): (Vec<_>, Vec<_>) = entries.partition(|entry| entry["kind"] == "event");
        if let Some(whole) = others.into_iter().find(|entry| entry["message"] == "websocket operation") {
            break (events, whole);
        }
        tokio::task::yield_now().await;
    };
    for event in &events {
        assert_eq!((&event["operation"], &event["prepare_ms"]), (&json!("New"), &json!(0.0)), "{event}");
        assert!(event["plan"].as_str().unwrap().contains("products"), "{event}");
        // Its own calls and no other's, though those of the other event are in the same subscription.
        let calls: Vec<_> = event["fetches"].as_str().unwrap().split(", ").collect();
        let failed = |call: &&str| call.starts_with("products ") && call.ends_with("ms SUBGRAPH_UNREACHABLE");
        assert_eq!((calls.len(), calls.iter().filter(|call| failed(call)).count()), (2, 2), "{event}");
        assert_eq!((&event["subgraph_calls"], &event["subgraph_bytes"]), (&json!(2), &json!(0)), "{event}");
    }
    assert_eq!((events.len(), &whole["subgraph_calls"]), (2, &json!(4)), "{whole}");
}
