//! Spans of `gateway serve`, as a collector receives them over a socket.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use traces::testing::{Collector, Exported, tree};

use super::redis::metrics;
use super::{Served, command, configured};
use crate::harness::Shop;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// What no span may hold: where it is put says how it could get there.
const SECRETS: [&str; 5] =
    ["secret-in-variable", "secret-in-document", "secret-in-header", "secret-in-path", "secret-of-collector"];

fn files(shop: &Shop, collector: SocketAddr, settings: &str) -> TempDir {
    let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
    let config = format!(
        "listen: 127.0.0.1:0
compose: supergraph.yaml
upstream: {{ retry: {{ attempts: 1, delay: 1ms }} }}
telemetry:
  otlp:
    endpoint: http://{collector}
    headers: {{ x-key: '${{env.COLLECTOR_KEY}}' }}
{settings}"
    );
    configured(products, reviews, &config)
}

fn serve(folder: &TempDir) -> Command {
    let mut command = command(folder.path());
    command.args(["serve", "--config", "gateway.yaml"]).env("COLLECTOR_KEY", SECRETS[4]);
    command
}

fn span<'a>(spans: &'a [Exported], name: &str) -> &'a Exported {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no `{name}` in {spans:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_trace_from_the_client_to_the_subgraphs() {
    for protocol in ["grpc", "http"] {
        let (shop, collector) = (Shop::open().await, Collector::open().await);
        let folder = files(&shop, collector.address, &format!("    protocol: {protocol}\n"));
        let mut starting = serve(&folder);
        // Of what the exporter's library reads by itself, headers count; the rest is said by the configuration.
        starting.env("OTEL_EXPORTER_OTLP_HEADERS", "x-more=of-environment");
        starting.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
        starting.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9");
        let other = if protocol == "grpc" { "http/protobuf" } else { "grpc" };
        starting.env("OTEL_EXPORTER_OTLP_PROTOCOL", other).env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
        starting.env("OTEL_SERVICE_NAME", "another").env("OTEL_TRACES_SAMPLER", "always_off");
        let served = Served::start(&mut starting);
        let document = "query Best($id: ID!) {
            product(id: $id) { name reviews { body } }
            other: product(id: \"secret-in-document\") { name }
            traceparent: header(name: \"traceparent\")
            tracestate: header(name: \"tracestate\")
        }";
        // A variable that is a secret is not found among the products, which is an answer, too.
        let variables = json!({ "id": "1", "unused": SECRETS[0] });
        let body = json!({ "query": document, "variables": variables }).to_string();
        let headers = [
            ("traceparent", SAMPLED),
            ("tracestate", "vendor=1"),
            ("authorization", "Bearer secret-in-header"),
        ];
        let data = served.client.post("/graphql?key=secret-in-path", &headers, &body).await.data();
        served.client.get("/secret-in-path", &[("traceparent", SAMPLED)]).await;
        served.client.get("/health", &[("traceparent", SAMPLED)]).await;
        assert_eq!(served.terminate(), Some(0));
        let spans = collector.spans(|spans| spans.len() >= 9).await;
        let keys = [
            "graphql.operation.type",
            "graphql.operation.name",
            "http.request.method",
            "http.route",
            "http.response.status_code",
            "subgraph.name",
        ];
        assert_eq!(
            tree(&spans, &keys),
            "GET server http.request.method=GET http.response.status_code=404
POST /graphql server graphql.operation.name=Best http.request.method=POST http.route=/graphql http.response.status_code=200
  execute graphql.operation.type=query graphql.operation.name=Best
    POST products client graphql.operation.type=query http.request.method=POST http.response.status_code=200 subgraph.name=products
    POST reviews client graphql.operation.type=query http.request.method=POST http.response.status_code=200 subgraph.name=reviews
  prepare
    parse
    plan
  respond
",
            "{protocol}"
        );
        let (request, products) = (span(&spans, "POST /graphql"), span(&spans, "POST products"));
        assert_eq!(request.parent, "00f067aa0ba902b7", "{request:#?}");
        assert!(spans.iter().all(|span| span.trace_id == TRACE && span.service == "gateway"), "{spans:#?}");
        assert_eq!(data["traceparent"], format!("00-{TRACE}-{}-01", products.id), "{protocol}");
        assert_eq!(data["tracestate"], "vendor=1", "{protocol}");
        let [host, port] = ["server.address", "server.port"].map(|key| products.attributes[key].clone());
        assert!(shop.subgraphs()[0].2.contains(&format!("{host}:{port}")), "{products:#?}");
        assert!(collector.headers().iter().all(|headers| headers["x-key"] == SECRETS[4]), "{protocol}");
        assert!(
            collector.headers().iter().all(|headers| headers["x-more"] == "of-environment"),
            "{protocol}"
        );
        for secret in SECRETS {
            assert!(!collector.text().contains(secret), "{protocol}: {secret} in {}", collector.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_begins_a_trace_decides_whether_it_is_recorded() {
    for (ratio, own) in [("0", 0), ("1", 1)] {
        let (shop, collector) = (Shop::open().await, Collector::open().await);
        let folder = files(&shop, collector.address, &format!("    sample_ratio: {ratio}\n"));
        let served = Served::start(&mut serve(&folder));
        let query = "{ header(name: \"traceparent\") }";
        let unsampled = served.client.query_with(query, &[("traceparent", UNSAMPLED)]).await.data();
        let sent = unsampled["header"].as_str().unwrap();
        assert!(sent.starts_with(&UNSAMPLED[..36]) && sent.ends_with("-00"), "{sent}");
        assert_ne!(sent, UNSAMPLED, "the subgraph's parent is a span of the gateway");
        served.client.query_with(query, &[("traceparent", SAMPLED)]).await.data();
        served.client.query(query).await.data();
        assert_eq!(served.terminate(), Some(0));
        let spans = collector.spans(|spans| spans.iter().any(|span| span.name == "POST /graphql")).await;
        let requests: Vec<_> = spans.iter().filter(|span| span.name == "POST /graphql").collect();
        let known = requests.iter().filter(|span| span.trace_id == TRACE).count();
        assert_eq!((known, requests.len()), (1, 1 + own), "ratio {ratio}: {requests:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subgraph_that_fails_is_seen_each_time_it_is_asked() {
    let (shop, collector) = (Shop::open().await, Collector::open().await);
    let folder = files(&shop, collector.address, "");
    let list = std::fs::read_to_string(folder.path().join("supergraph.yaml")).unwrap();
    // Nobody listens there.
    let list = list.replace(shop.subgraphs()[1].2, "http://127.0.0.1:9/");
    std::fs::write(folder.path().join("supergraph.yaml"), list).unwrap();
    let served = Served::start(&mut serve(&folder));
    served.client.query_with("{ latest { body } }", &[("traceparent", SAMPLED)]).await;
    assert_eq!(served.terminate(), Some(0));
    let spans = collector.spans(|spans| spans.iter().any(|span| span.name == "execute")).await;
    let keys = ["error.type", "http.request.resend_count", "server.port"];
    assert_eq!(
        tree(&spans, &keys),
        "POST /graphql server
  execute
    POST reviews client failed error.type=SUBGRAPH_UNREACHABLE http.request.resend_count=1 server.port=9
    POST reviews client failed error.type=SUBGRAPH_UNREACHABLE server.port=9
  prepare
    parse
    plan
  respond
"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_a_line_and_no_request() {
    let shop = Shop::open().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = files(&shop, free, "    max_queued_spans: 4\n  metrics_listen: 127.0.0.1:0\n");
    let served = Served::start(&mut serve(&folder));
    let logged = |text: &str| served.log.lock().unwrap().matches(text).count();
    let ask = async || {
        assert_eq!(served.client.query("{ products { name } }").await.data()["products"][0]["name"], "Table");
    };
    while logged("takes no spans") == 0 {
        ask().await;
    }
    let told = async |name: &str| -> u64 {
        let metrics = metrics(&served).await;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        line.unwrap_or_else(|| panic!("{name} is not in\n{metrics}"))
    };
    let not_taken = "gateway_traces_dropped_total{reason=\"not_taken\"}";
    let no_room = "gateway_traces_dropped_total{reason=\"no_room\"}";
    assert_eq!(told("gateway_traces_exported_total").await, 0);
    // Four wait at most, so that some of these find no room.
    while told(not_taken).await == 0 || told(no_room).await == 0 {
        futures::future::join_all((0..20).map(|_| ask())).await;
    }
    let collector = Collector::open_at(free).await;
    while logged("takes spans again") == 0 {
        ask().await;
    }
    assert_eq!(logged("takes no spans"), 1, "{}", served.log.lock().unwrap());
    collector.spans(|spans| !spans.is_empty()).await;
    assert!(told("gateway_traces_exported_total").await > 0);
    assert!(!served.log.lock().unwrap().contains(SECRETS[4]));
}
