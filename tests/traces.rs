//! One trace from the client's request to the statements that answer it, in both topologies, as a collector receives it
//! over a socket.

use std::process::Command;

use serde_json::json;
use traces::testing::{Collector, Exported, Measured};
use uuid::Uuid;

use crate::harness::{
    Bearer, Client, Events, Program, SMALL, Services, Setup, USER_SECRET, Units, demo, program,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Something that is in statements as the value of a parameter only.
const VALUE: &str = "no-such-slug";

/// What leads from a span to the client's request, the request first.
fn way<'a>(spans: &'a [Exported], span: &'a Exported) -> Vec<String> {
    let mut way = vec![format!("{} {}", span.service, span.name)];
    let mut parent = &span.parent;
    while let Some(span) = spans.iter().find(|span| span.id == *parent) {
        way.insert(0, format!("{} {}", span.service, span.name));
        parent = &span.parent;
    }
    assert_eq!(parent, "00f067aa0ba902b7", "{span:?} does not lead to the request: {spans:#?}");
    way
}

fn statements(spans: &[Exported]) -> impl Iterator<Item = &Exported> {
    spans.iter().filter(|span| span.attributes.contains_key("db.query.text"))
}

async fn ask(client: &Client, query: &str, variables: serde_json::Value) {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let headers = [("content-type", "application/json"), ("traceparent", PARENT)];
    let reply = client.send(http::Method::POST, "/graphql", &headers, body).await;
    assert!(reply.status == 200 && reply.errors().is_empty(), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_leads_to_the_statements_of_the_services() {
    let collector = Collector::open().await;
    let endpoint = format!("http://{}", collector.address);
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone())];
    let services = Services::start_with(demo(SMALL), &environment).await;
    let config = format!("\ntelemetry: {{ otlp: {{ endpoint: '{endpoint}' }} }}\n");
    let gateway = services.gateway(&Setup { config, ..Setup::default() }).await;
    let units = Units::of_networks(&services.databases.networks.connection).await;
    let client = gateway.client.bearing(Bearer::of(&units[0]["person"]).text());
    let query = "query Slug($slug: String!) { network(slug: $slug) { name }
        networks(first: 1) { nodes { complianceScore { score } } } }";
    ask(&client, query, json!({ "slug": VALUE })).await;
    let expected = [
        vec![
            "gateway POST /graphql",
            "gateway execute",
            "gateway POST networks",
            "networks POST /graphql",
            "networks execute networks",
            "networks SELECT",
        ],
        vec![
            "gateway POST /graphql",
            "gateway execute",
            "gateway POST compliance",
            "compliance POST /graphql",
            "compliance execute compliance",
            "compliance SELECT",
        ],
    ];
    let whole = |spans: &[Exported]| {
        let found = |service| statements(spans).any(|span| span.service == service);
        spans.iter().any(|span| span.name == "respond") && found("networks") && found("compliance")
    };
    let spans = collector.spans(whole).await;
    let spans: Vec<_> = spans.into_iter().filter(|span| span.trace_id == TRACE).collect();
    let ways: Vec<_> = statements(&spans).map(|span| way(&spans, span)).collect();
    for expected in expected {
        assert!(ways.iter().any(|way| *way == expected), "{expected:?} in {ways:#?}");
    }
    for statement in statements(&spans) {
        assert_eq!(statement.kind, 3, "{statement:?}");
        assert_eq!(statement.attributes["db.system.name"], "postgresql", "{statement:?}");
    }
    assert!(!collector.text().contains(VALUE), "values of parameters are not told: {}", collector.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_makes_one_trace_and_counts() {
    let collector = Collector::open().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("user-token.secret"), USER_SECRET).unwrap();
    let mut command = Command::new(program("franchise"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--empty", "--data"]).arg(folder.path());
    command.args(["--otlp-protocol", "http/protobuf", "--otlp-endpoint"]);
    command.arg(format!("http://{}", collector.address));
    command.args(["--otlp-metrics-interval", "1s", "--metrics-listen", "127.0.0.1:0"]);
    let platform = Program::start("franchise", &mut command);
    let client = Client::new(platform.address);
    let client = client.bearing(Bearer::of(&Uuid::now_v7().to_string()).text());
    let query = "query Slug($slug: String!) { network(slug: $slug) { name } }";
    ask(&client, query, json!({ "slug": VALUE })).await;
    let output = platform.output();
    let (_, metrics) = output.split_once("Metrics   http://").unwrap_or_else(|| panic!("{output}"));
    let metrics = Client::new(metrics.split('/').next().unwrap().parse().unwrap());
    let calls = "subgraph_request_duration_seconds_count{subgraph_name=\"networks\",outcome=\"ok\"} 1\n";
    let reply = metrics.get("/metrics").await;
    assert!(reply.body.contains(calls), "{reply}");
    let is_sent = |metric: &Measured| {
        metric.name == "subgraph_request_duration_seconds"
            && metric.service == "franchise"
            && metric.value == 1.0
    };
    collector.metrics(|metrics| metrics.iter().any(is_sent)).await;
    let spans = collector.spans(|spans| statements(spans).next().is_some()).await;
    let ways: Vec<_> = statements(&spans).map(|span| way(&spans, span)).collect();
    let expected =
        ["franchise POST /graphql", "franchise execute", "franchise execute networks", "franchise SELECT"];
    assert!(ways.iter().any(|way| *way == expected), "{expected:?} in {ways:#?}");
    assert!(spans.iter().all(|span| span.trace_id == TRACE), "{spans:#?}");
    assert!(!collector.text().contains(VALUE), "values of parameters are not told: {}", collector.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_a_span_from_its_opening_to_its_end() {
    let collector = Collector::open().await;
    let endpoint = format!("http://{}", collector.address);
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone())];
    let services = Services::start_with(demo(SMALL), &environment).await;
    let config = format!("\ntelemetry: {{ otlp: {{ endpoint: '{endpoint}' }} }}\n");
    let gateway = services.gateway(&Setup { config, ..Setup::default() }).await;
    let units = Units::of_networks(&services.databases.networks.connection).await;
    let client = gateway.client.bearing(Bearer::of(&units[0]["person"]).text());
    let document = "subscription Units($within: ID!) { unitChanged(within: $within, after: 0) { revision } }";
    let variables = json!({ "within": units[0]["network"] });
    let mut events = Events::open_with(&client, &[("traceparent", PARENT)], document, &variables).await;
    for revision in 1..=3 {
        let event = events.next().await.unwrap();
        assert_eq!(event["data"]["unitChanged"]["revision"], revision, "{event}");
    }
    drop(events);
    let its = |span: &Exported| span.service == "networks" && span.name == "subscribe networks";
    let spans = collector.spans(|spans| spans.iter().any(its)).await;
    let subscription = spans.iter().find(|span| its(span)).unwrap();
    assert_eq!(subscription.trace_id, TRACE, "{subscription:?}");
    assert_eq!(subscription.attributes["graphql.operation.type"], "subscription", "{subscription:?}");
    // The service is ahead of a reader by what fits on the way.
    let told: i64 = subscription.attributes["subscription.events"].parse().unwrap();
    assert!(told >= 3 && !subscription.failed, "{subscription:?}");
    let opens = |span: &Exported| span.service == "gateway" && span.name == "subscribe networks";
    let whole = |spans: &[Exported]| {
        spans.iter().any(opens) && spans.iter().any(|span| span.id == subscription.parent)
    };
    let spans = collector.spans(whole).await;
    let parent = spans.iter().find(|span| span.id == subscription.parent).unwrap();
    assert_eq!((parent.name.as_str(), parent.kind), ("SUBSCRIBE /graphql", 2), "{parent:?}");
    let opening = spans.iter().find(|span| span.id == parent.parent).unwrap();
    assert!(opens(opening), "{opening:?}");
    let statements = statements(&spans).filter(|span| span.parent == subscription.id);
    assert!(statements.count() > 0, "what its events ask the database is below it: {spans:#?}");
}
