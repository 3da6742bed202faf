//! Metrics that `gateway serve` sends to a collector.

use std::net::{SocketAddr, TcpListener};

use tempfile::TempDir;
use traces::testing::{Collector, Measured};

use super::{Served, command, configured};
use crate::harness::Shop;

const QUERY: &str = r#"{"query":"query Names { products { name } }"}"#;

fn files(shop: &Shop, collector: SocketAddr, settings: &str) -> TempDir {
    let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
    let config = format!(
        "listen: 127.0.0.1:0
compose: supergraph.yaml
telemetry:
  operation_labels: [Names]
  otlp: {{ endpoint: 'http://{collector}', headers: {{ x-key: secret }}, metrics_interval: 1s, {settings} }}
"
    );
    configured(products, reviews, &config)
}

fn serve(folder: &TempDir) -> Served {
    let mut command = command(folder.path());
    command.args(["serve", "--config", "gateway.yaml"]);
    Served::start(command.env("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-more=of%20environment"))
}

/// How many requests of the operation were counted.
fn requests(metrics: &[Measured]) -> Option<&Measured> {
    metrics.iter().find(|metric| {
        metric.name == "http_server_request_duration_seconds"
            && metric.attributes["graphql_operation_name"] == "Names"
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_sent_from_time_to_time_and_at_the_end() {
    for protocol in ["grpc", "http"] {
        let (shop, collector) = (Shop::open().await, Collector::open().await);
        let folder = files(&shop, collector.address, &format!("protocol: {protocol}, service_name: shop"));
        let served = serve(&folder);
        served.client.post("/graphql", &[], QUERY).await.data();
        let counted = |count: f64| {
            move |metrics: &[Measured]| requests(metrics).is_some_and(|metric| metric.value == count)
        };
        let metrics = collector.metrics(counted(1.0)).await;
        let Measured { unit, attributes, service, .. } = requests(&metrics).unwrap();
        assert_eq!(
            (&**unit, &*attributes["http_response_status_code"], &**service),
            ("s", "200", "shop"),
            "{protocol}"
        );
        let value = |name: &str| metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value);
        assert_eq!(
            (value("gateway_generation"), value("gateway_plans")),
            (Some(1.0), Some(1.0)),
            "{protocol}"
        );
        assert_eq!(value("subgraph_request_duration_seconds"), Some(1.0), "{protocol}");
        let headers = collector.headers();
        let sent = |name: &str| headers.iter().filter(|headers| headers.contains_key(name)).count();
        assert!(sent("x-more") > 0 && sent("x-key") == headers.len(), "{protocol}: {headers:?}");

        served.client.post("/graphql", &[], QUERY).await.data();
        assert_eq!(served.terminate(), Some(0), "{protocol}");
        collector.metrics(counted(2.0)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_gets_them_when_it_is_back() {
    let shop = Shop::open().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let served = serve(&files(&shop, free, "sample_ratio: 0"));
    let logged = |text: &str| served.log.lock().unwrap().matches(text).count();
    served.client.post("/graphql", &[], QUERY).await.data();
    while logged("takes no metrics") == 0 {
        tokio::task::yield_now().await;
    }
    let collector = Collector::open_at(free).await;
    collector.metrics(|metrics| requests(metrics).is_some()).await;
    while logged("takes metrics again") == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(logged("takes no metrics"), 1, "{}", served.log.lock().unwrap());
    assert_eq!(logged("secret"), 0);
}
