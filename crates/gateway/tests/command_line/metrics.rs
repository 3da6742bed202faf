//! Metrics of `gateway serve`, as Prometheus reads them.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Served, command, folder};
use crate::harness::{Client, PRODUCTS, REVIEWS, Shop};

/// The samples of a text: name and labels, and the value.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn what_was_asked_is_counted_on_an_address_of_its_own() {
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    // Nobody listens at the address of reviews.
    let list = format!(
        "subgraphs:
  products: {{ routing_url: '{products}', schema: {{ file: products.graphql }} }}
  reviews: {{ routing_url: 'http://127.0.0.1:9/', schema: {{ file: reviews.graphql }} }}
"
    );
    let folder = folder(&[
        ("supergraph.yaml", &list),
        ("products.graphql", PRODUCTS),
        ("reviews.graphql", REVIEWS),
        (
            "gateway.yaml",
            "listen: 127.0.0.1:0\ncompose: supergraph.yaml\ntelemetry: { metrics_listen: 127.0.0.1:0 }\nlimits: { shadow: { everyone: { max_depth: 1 } } }\n",
        ),
    ]);
    let served = Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]));
    let log = served.log.lock().unwrap().clone();
    let (_, rest) = log.split_once("metrics are at http://").unwrap_or_else(|| panic!("{log}"));
    let address = rest.split_once("/metrics").unwrap().0.parse().unwrap();
    let query = async |query: &str| served.client.query(query).await;
    assert_eq!(query("query Names { products { name } }").await.status, 200);
    assert_eq!(query("query Names { products { name } }").await.status, 200);
    assert_eq!(query("query Broken { latest { body } }").await.json()["data"], json!(null));
    assert_eq!(served.client.get("/metrics", &[]).await.status, 404, "clients do not reach them");
    let reply = Client::new(address).get("/metrics", &[]).await;
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{reply:#?}");
    let samples = samples(&reply.text);
    let expected = [
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
        ("http_server_active_requests", 0.0),
        ("gateway_requests_shed_total", 0.0),
        ("gateway_limits_shadow_exceeded_total{code=\"LIMIT_DEPTH\"}", 3.0),
        ("graphql_errors_total{graphql_operation_name=\"Broken\"}", 1.0),
        ("subgraph_request_duration_seconds_count{subgraph_name=\"products\",outcome=\"ok\"}", 2.0),
        (
            "subgraph_request_duration_seconds_count{subgraph_name=\"reviews\",outcome=\"SUBGRAPH_UNREACHABLE\"}",
            3.0,
        ),
        ("subgraph_requests_retried_total{subgraph_name=\"reviews\"}", 2.0),
    ];
    for (name, value) in expected {
        assert_eq!(samples.get(name), Some(&value), "{name}\n{}", reply.text);
    }
}
