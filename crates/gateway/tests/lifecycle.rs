//! Ready, stopping, stopped; and what becomes of requests meanwhile.

use std::sync::Arc;
use std::time::Duration;

use federation::Engine;
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError};
use futures::future::BoxFuture;
use gateway::config::{Config, HttpConfig, Time};
use gateway::{Drained, Gateway, RequestContext};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use crate::harness::{TestGateway, compose, graph_of};

const SCHEMA: &str = "type Query { value: String }";

/// Subgraphs in the same process: tells when it is asked, answers when it is told to.
#[derive(Default)]
struct InProcess {
    asked: Notify,
    answer: Notify,
}

impl Transport for InProcess {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(async move {
            let context = RequestContext::of(request.context).expect("the gateway's own context");
            assert!(context.caller.is_anonymous());
            self.asked.notify_one();
            self.answer.notified().await;
            Ok(Answer::Json(r#"{"data":{"value":"v"}}"#.into()))
        })
    }
}

/// A transport with a bug.
struct Panicking;

impl Transport for Panicking {
    fn call<'a>(&'a self, _: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        Box::pin(async { panic!("secret detail") })
    }
}

async fn start(transport: Arc<dyn Transport>, http: HttpConfig) -> TestGateway {
    let graph = graph_of(&compose(&[("values", SCHEMA, "")]));
    let config = Config { http, ..Config::default() };
    let engine = Engine::from_graph(graph, transport, config.engine());
    TestGateway::serve(Gateway::new(Arc::new(engine), &config).unwrap()).await
}

#[tokio::test]
async fn requests_in_flight_finish_before_the_gateway_stops() {
    let subgraph = Arc::new(InProcess::default());
    let gateway = start(subgraph.clone(), HttpConfig::default()).await;
    let client = gateway.client.clone();
    let in_flight = tokio::spawn(async move { client.query("{ value }").await });
    subgraph.asked.notified().await;
    let stopped = gateway.stop();
    subgraph.answer.notify_one();
    assert_eq!(in_flight.await.unwrap().data()["value"], "v");
    assert_eq!(stopped.await.unwrap(), Drained::Completely);
}

/// An HTTP/1.1 request whose connection may go on.
const ASKING: &str = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{\"query\":\"{ value }\"}";

#[tokio::test]
async fn a_connection_that_is_not_accepted_yet_is_served_before_the_gateway_stops() {
    let subgraph = Arc::new(InProcess::default());
    let http = HttpConfig { max_connections: 1, ..HttpConfig::default() };
    let gateway = start(subgraph.clone(), http).await;
    let mut served = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    served.write_all(ASKING.as_bytes()).await.unwrap();
    subgraph.asked.notified().await;
    // The system has accepted this one, the gateway has no place for it.
    let mut waiting = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    waiting.write_all(ASKING.as_bytes()).await.unwrap();
    let stopped = gateway.stop();
    for stream in [&mut served, &mut waiting] {
        subgraph.answer.notify_one();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"data":{"value":"v"}}"#),
            "{answer}"
        );
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
    assert_eq!(stopped.await.unwrap(), Drained::Completely);
}

#[tokio::test]
async fn a_gateway_that_stops_says_so_before_it_refuses_connections() {
    let http = HttpConfig { drain_delay: Some(Time::seconds(3600)), ..HttpConfig::default() };
    let gateway = start(Arc::new(InProcess::default()), http).await;
    // A connection that is kept.
    assert_eq!(gateway.client.get("/ready", &[]).await.json()["status"], "ready");
    let client = gateway.client.clone();
    let stopped = gateway.stop();
    let reply = loop {
        let reply = client.get("/ready", &[]).await;
        if reply.status == 503 {
            break reply;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(reply.json()["status"], "stopping");
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(client.get("/health", &[]).await.status, 200, "another connection");
    stopped.abort();
}

#[tokio::test]
async fn requests_that_outlast_the_drain_are_cut_off() {
    let subgraph = Arc::new(InProcess::default());
    let http = HttpConfig { drain_timeout: Time(Duration::from_millis(20)), ..HttpConfig::default() };
    let gateway = start(subgraph.clone(), http).await;
    let client = gateway.client.clone();
    let in_flight = tokio::spawn(async move { client.query("{ value }").await });
    subgraph.asked.notified().await;
    assert_eq!(gateway.stop().await.unwrap(), Drained::CutOff);
    in_flight.abort();
}

#[tokio::test]
async fn a_stopped_gateway_accepts_no_connection() {
    let gateway = start(Arc::new(InProcess::default()), HttpConfig::default()).await;
    let address = gateway.address;
    assert_eq!(gateway.client.get("/ready", &[]).await.json()["status"], "ready");
    gateway.stop().await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_transport_that_never_answers_ends_with_the_request() {
    let http = HttpConfig { request_timeout: Time(Duration::from_millis(20)), ..HttpConfig::default() };
    let gateway = start(Arc::new(InProcess::default()), http).await;
    let reply = gateway.client.query("{ value }").await;
    reply.refused(200, "SUBGRAPH_TIMEOUT", "subgraph `values` did not answer in time");
    assert_eq!(reply.json()["data"], serde_json::json!({ "value": null }), "{reply:#?}");
}

#[tokio::test]
async fn a_bug_ends_one_request_and_shows_nothing_of_itself() {
    let gateway = start(Arc::new(Panicking), HttpConfig::default()).await;
    let reply = gateway.client.query("{ value }").await;
    reply.refused(500, "INTERNAL_SERVER_ERROR", "internal error; report it with the request id");
    assert_eq!(reply.json()["errors"][0]["extensions"]["requestId"].as_str(), reply.header("x-request-id"));
    assert!(!reply.text.contains("secret"), "{reply:#?}");
    assert_eq!(gateway.client.get("/health", &[]).await.status, 200);
}

/// Sends bytes and reads what comes until the gateway closes the connection.
async fn raw(gateway: &TestGateway, bytes: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let http = HttpConfig { request_timeout: Time(Duration::from_millis(20)), ..HttpConfig::default() };
    let gateway = start(Arc::new(InProcess::default()), http).await;
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    let answer = raw(&gateway, head).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let http = HttpConfig { header_timeout: Time(Duration::from_millis(20)), ..HttpConfig::default() };
    let gateway = start(Arc::new(InProcess::default()), http).await;
    let answer = raw(&gateway, "POST /graphql HTTP/1.1\r\nhost:").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let gateway = start(Arc::new(InProcess::default()), HttpConfig::default()).await;
    let answer = raw(&gateway, "nonsense\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}
