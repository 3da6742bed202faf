//! What `gateway serve` tells of answers that it keeps.

use serde_json::json;

use super::{NOBODY, Served, command, configured, log::access};
use crate::caching::PRODUCTS;
use crate::harness::{Client, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn lines_and_metrics_tell_of_answers_that_are_kept() {
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let config = "listen: 127.0.0.1:0
compose: supergraph.yaml
cache: { answers: { enabled: true } }
telemetry: { metrics_listen: 127.0.0.1:0 }
";
    let folder = configured(products, NOBODY, config);
    std::fs::write(folder.path().join("products.graphql"), PRODUCTS).unwrap();
    let served = Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]));
    let (hinted, without) = ("{ products { name } }", "{ header(name: \"a\") }");
    let cases = [
        ("first", hinted, json!("miss"), 1),
        ("second", hinted, json!("hit"), 0),
        ("third", without, json!(null), 1),
    ];
    for (id, query, cache, calls) in cases {
        let reply = served.client.query_with(query, &[("x-request-id", id)]).await;
        let line = access(&served, id).await;
        assert_eq!((&line["cache"], &line["subgraph_calls"]), (&cache, &json!(calls)), "{line}");
        assert_eq!(line["response_bytes"], json!(reply.text.len()), "{line}");
    }
    let log = served.log.lock().unwrap().clone();
    let (_, rest) = log.split_once("metrics are at http://").unwrap_or_else(|| panic!("{log}"));
    let metrics = Client::new(rest.split_once("/metrics").unwrap().0.parse().unwrap());
    let told = metrics.get("/metrics", &[]).await.text;
    for sample in [
        "gateway_answer_cache_requests_total{outcome=\"hit\"} 1",
        "gateway_answer_cache_requests_total{outcome=\"miss\"} 1",
        "gateway_answer_cache_answers 1",
    ] {
        assert!(told.lines().any(|line| line == sample), "{sample}\n{told}");
    }
    let bytes = told.lines().find_map(|line| line.strip_prefix("gateway_answer_cache_bytes ")).unwrap();
    assert!((1_000..10_000).contains(&bytes.parse::<u64>().unwrap()), "{bytes}");
}
