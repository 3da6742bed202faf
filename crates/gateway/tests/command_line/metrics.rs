//! Metrics of `gateway serve`, as Prometheus reads them.

use std::collections::BTreeMap;

use serde_json::json;

use super::{NOBODY, Served, command, configured};
use crate::harness::{Client, Shop, Socket};

/// The samples of a text: name and labels, and the value.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect()
}

/// What is counted of the requests below.
const EXPECTED: &[(&str, f64)] = &[
    (
        "http_server_request_duration_seconds_count{graphql_operation_name=\"Names\",http_response_status_code=\"200\"}",
        2.0,
    ),
    (
        "http_server_request_duration_seconds_count{graphql_operation_name=\"Broken\",http_response_status_code=\"200\"}",
        1.0,
    ),
    (
        "http_server_request_duration_seconds_count{graphql_operation_name=\"\",http_response_status_code=\"404\"}",
        1.0,
    ),
    (
        "http_server_request_duration_seconds_count{graphql_operation_name=\"other\",http_response_status_code=\"200\"}",
        3.0,
    ),
    ("http_server_active_requests", 0.0),
    ("gateway_plans_total{plan=\"kept\"}", 1.0),
    ("gateway_plans_total{plan=\"made\"}", 5.0),
    ("gateway_plan_cache_plans", 5.0),
    ("gateway_document_cache_documents", 5.0),
    ("gateway_generation", 1.0),
    ("gateway_reloads_total{outcome=\"ok\"}", 1.0),
    ("gateway_websockets_open", 1.0),
    ("gateway_subscriptions_open", 0.0),
    ("gateway_requests_waiting", 0.0),
    ("gateway_requests_shed_total", 0.0),
    ("gateway_limits_shadow_exceeded_total{code=\"LIMIT_DEPTH\"}", 7.0),
    ("gateway_limits_shadow_exceeded_total{code=\"BUDGET_EXCEEDED\"}", 7.0),
    ("gateway_budget_operations_total{outcome=\"granted\"}", 7.0),
    ("graphql_errors_total{graphql_operation_name=\"Broken\"}", 1.0),
    ("graphql_errors_total{graphql_operation_name=\"\"}", 1.0),
    ("subgraph_request_duration_seconds_count{subgraph_name=\"products\",outcome=\"ok\"}", 6.0),
    (
        "subgraph_request_duration_seconds_count{subgraph_name=\"reviews\",outcome=\"SUBGRAPH_UNREACHABLE\"}",
        3.0,
    ),
    ("subgraph_requests_retried_total{subgraph_name=\"reviews\"}", 2.0),
];

#[tokio::test]
async fn what_was_asked_is_counted_on_an_address_of_its_own() {
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let config = "listen: 127.0.0.1:0
compose: supergraph.yaml
operations:
  folder: operations
  registry: { database: 'sqlite://registry.db?mode=rwc', poll_interval: 50ms }
telemetry: { metrics_listen: 127.0.0.1:0, operation_labels: [Names] }
limits: { budget: { per_minute: 1000 }, shadow: { everyone: { max_depth: 1, budget: { per_minute: 1 } } } }
";
    let folder = configured(products, NOBODY, config);
    std::fs::create_dir(folder.path().join("operations")).unwrap();
    let stored = "query Broken { latest { body } }";
    std::fs::write(folder.path().join("operations/broken.graphql"), stored).unwrap();
    let table = "query Names { products { name } }";
    std::fs::write(folder.path().join("operations/names.graphql"), table).unwrap();
    let served = Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]));
    let log = served.log.lock().unwrap().clone();
    let (_, rest) = log.split_once("metrics are at http://").unwrap_or_else(|| panic!("{log}"));
    let address = rest.split_once("/metrics").unwrap().0.parse().unwrap();
    let query = async |query: &str| served.client.query(query).await;
    assert_eq!(query("query Names { products { name } }").await.status, 200);
    assert_eq!(query("query Names { products { name } }").await.status, 200);
    let broken = served.client.get("/graphql/operations/broken", &[("accept", "application/json")]).await;
    assert_eq!(broken.json()["data"], json!(null));
    assert_eq!(served.client.get("/graphql/operations/names.csv", &[]).await.text.lines().count(), 3);
    for number in 0..3 {
        let strange = format!("query Strange{number} {{ products {{ name }} }}");
        assert_eq!(query(&strange).await.status, 200);
    }
    let mut socket = Socket::connect(served.client.address, &json!({})).await;
    socket.subscribe("1", "{ nothing }").await;
    assert_eq!(socket.hear().await["type"], "error");
    assert_eq!(served.client.get("/metrics", &[]).await.status, 404, "clients do not reach them");
    served.signal("-HUP");
    let metrics = Client::new(address);
    let reply = loop {
        let reply = metrics.get("/metrics", &[]).await;
        // Until the signal and the registry were looked at.
        if ["gateway_reloads_total{", "gateway_registry_polls_total{"]
            .iter()
            .all(|name| reply.text.contains(name))
        {
            break reply;
        }
    };
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{reply:#?}");
    let samples = samples(&reply.text);
    for (name, value) in EXPECTED {
        assert_eq!(samples.get(name), Some(value), "{name}\n{}", reply.text);
    }
    assert!(!reply.text.contains("Strange"), "names of strangers are no labels: {}", reply.text);
    for name in ["gateway_plan_cache_bytes", "gateway_document_cache_bytes"] {
        assert!(samples[name] > 0.0, "{name}\n{}", reply.text);
    }
    assert!(samples["gateway_registry_polls_total{outcome=\"ok\"}"] >= 1.0, "{}", reply.text);
    // Those who run it are told everything, clients only whether it is ready.
    assert_eq!(served.client.get("/ready", &[]).await.json(), json!({ "status": "degraded" }));
    let ready = metrics.get("/ready", &[]).await;
    assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (200, &json!("degraded")), "{ready:#?}");
    assert_eq!(ready.json()["registry"], json!({ "reachable": true }), "{ready:#?}");
    assert_eq!(
        (&ready.json()["generation"], &ready.json()["subgraphs"][1]["name"]),
        (&json!(1), &json!("reviews"))
    );
}
