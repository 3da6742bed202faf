//! Subgraphs in trouble: which requests are sent again, and when none is sent any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures::future::select_all;
use gateway::config::{
    BreakerConfig, Config, ErrorsConfig, HttpConfig, RetryConfig, Shown, SubgraphConfig, Time, UpstreamConfig,
};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::sync::Notify;

use crate::harness::{TestGateway, serve_router};

const SCHEMA: &str = "type Query { value: String } type Mutation { change: String }";
const VALUE: &str = r#"{"data":{"value":"x"}}"#;
const CHANGE: &str = r#"{"data":{"change":"x"}}"#;

/// A subgraph whose answers are made from the number of the request, from 1.
struct Counting {
    url: String,
    calls: Arc<AtomicUsize>,
}

impl Counting {
    async fn answering(answer: impl Fn(usize) -> Response + Clone + Send + Sync + 'static) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let route = post(move || {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            async move { answer(number) }
        });
        Self { url: format!("http://{}/", serve_router(Router::new().route("/", route)).await), calls }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// A subgraph that says when it is asked, and answers when it is told to.
struct Waiting {
    url: String,
    entered: Arc<Notify>,
    leave: Arc<Notify>,
}

impl Waiting {
    async fn open() -> Self {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let route = post({
            let (entered, leave) = (entered.clone(), leave.clone());
            move || async move {
                entered.notify_one();
                leave.notified().await;
                good(VALUE)
            }
        });
        let url = format!("http://{}/", serve_router(Router::new().route("/", route)).await);
        Self { url, entered, leave }
    }
}

fn good(body: &'static str) -> Response {
    ([("content-type", "application/json")], body).into_response()
}

fn unavailable(retry_after: Option<&'static str>) -> Response {
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, "busy").into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.parse().unwrap());
    }
    response
}

async fn over(url: &str, change: impl FnOnce(&mut UpstreamConfig)) -> TestGateway {
    let mut upstream = UpstreamConfig::default();
    change(&mut upstream);
    let errors = ErrorsConfig { subgraph_messages: Shown::Always, subgraph_extensions: Shown::Never };
    TestGateway::start(Config { upstream, errors, ..Config::default() }, &[("values", SCHEMA, url)]).await
}

#[tokio::test]
async fn a_query_is_sent_again_and_the_client_does_not_notice() {
    for status in [502, 503, 504] {
        let failing = move |number| match number {
            1 | 2 => StatusCode::from_u16(status).unwrap().into_response(),
            _ => good(VALUE),
        };
        let subgraph = Counting::answering(failing).await;
        let gateway = over(&subgraph.url, |_| ()).await;
        assert_eq!(gateway.client.query("{ value }").await.data(), json!({ "value": "x" }), "{status}");
        assert_eq!(subgraph.calls(), 3, "{status}");
    }
}

#[tokio::test]
async fn a_query_is_sent_again_so_often_and_not_more() {
    let subgraph = Counting::answering(|_| unavailable(None)).await;
    let gateway = over(&subgraph.url, |upstream| upstream.retry.attempts = 1).await;
    let reply = gateway.client.query("{ value }").await;
    reply.refused(200, "SUBGRAPH_HTTP_STATUS", "subgraph `values` answered with HTTP status 503");
    assert_eq!(subgraph.calls(), 2);
}

#[tokio::test]
async fn each_time_a_query_is_sent_is_a_step_of_its_trace() {
    let (seen, mut noting) = tokio::sync::mpsc::unbounded_channel();
    let route = post(move |headers: HeaderMap| async move {
        seen.send(headers["traceparent"].to_str().unwrap().to_owned()).unwrap();
        unavailable(None)
    });
    let url = format!("http://{}/", serve_router(Router::new().route("/", route)).await);
    let gateway = over(&url, |_| ()).await;
    gateway.client.query("{ value }").await;
    let steps: Vec<String> = std::iter::from_fn(|| noting.try_recv().ok()).collect();
    let parts = |step: &String| step.split('-').map(str::to_owned).collect::<Vec<_>>();
    let traces: BTreeSet<_> = steps.iter().map(|step| parts(step)[1].clone()).collect();
    let ids: BTreeSet<_> = steps.iter().map(|step| parts(step)[2].clone()).collect();
    assert_eq!((steps.len(), traces.len(), ids.len()), (3, 1, 3), "{steps:?}");
}

#[tokio::test]
async fn what_a_subgraph_may_have_done_is_not_done_twice() {
    let subgraph = Counting::answering(|_| unavailable(None)).await;
    let gateway = over(&subgraph.url, |_| ()).await;
    gateway.client.query("mutation { change }").await;
    assert_eq!(subgraph.calls(), 1, "a mutation");
    let subgraph = Counting::answering(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    let gateway = over(&subgraph.url, |_| ()).await;
    gateway.client.query("{ value }").await;
    assert_eq!(subgraph.calls(), 1, "a status that trying again does not help against");
}

#[tokio::test]
async fn a_mutation_is_sent_once_there_is_a_connection() {
    // Taken and given back, so that nobody listens there at first.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let gateway = over(&format!("http://{address}/"), |upstream| {
        upstream.retry = RetryConfig { attempts: 50, min_per_second: 1000, ..RetryConfig::default() };
    })
    .await;
    let asking = gateway.client.query("mutation { change }");
    let opening = async {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let route = post(|| async { good(CHANGE) });
        axum::serve(listener, Router::new().route("/", route)).await.unwrap();
    };
    let reply = tokio::select! {
        reply = asking => reply,
        () = opening => unreachable!("the subgraph goes on"),
    };
    assert_eq!(reply.data(), json!({ "change": "x" }));
}

#[tokio::test]
async fn the_time_a_subgraph_asks_for_is_not_waited_for_beyond_its_timeout() {
    let subgraph = Counting::answering(|_| unavailable(Some("60"))).await;
    let gateway = over(&subgraph.url, |_| ()).await;
    let reply = gateway.client.query("{ value }").await;
    reply.refused(200, "SUBGRAPH_HTTP_STATUS", "subgraph `values` answered with HTTP status 503");
    assert_eq!(subgraph.calls(), 1);
}

#[tokio::test]
async fn all_requests_together_are_sent_again_within_a_budget() {
    let subgraph = Counting::answering(|_| unavailable(None)).await;
    let gateway = over(&subgraph.url, |upstream| {
        upstream.retry = RetryConfig { min_per_second: 0, ..RetryConfig::default() };
        upstream.breaker.enabled = false;
    })
    .await;
    for _ in 0..10 {
        gateway.client.query("{ value }").await;
    }
    assert_eq!(subgraph.calls(), 10, "nothing has succeeded that would allow for more");
}

#[tokio::test]
async fn a_subgraph_that_fails_too_often_is_left_alone_and_tried_again() {
    let subgraph =
        Counting::answering(|number| if number <= 4 { unavailable(None) } else { good(VALUE) }).await;
    let open_for = Duration::from_millis(200);
    let gateway = over(&subgraph.url, |upstream| {
        let own = SubgraphConfig {
            retry: Some(RetryConfig { attempts: 0, ..RetryConfig::default() }),
            breaker: Some(BreakerConfig {
                min_calls: 4,
                open_for: Time(open_for),
                ..BreakerConfig::default()
            }),
            ..SubgraphConfig::default()
        };
        upstream.subgraphs.insert("values".to_owned(), own);
    })
    .await;
    for _ in 0..4 {
        gateway.client.query("{ value }").await;
    }
    let opened = tokio::time::Instant::now();
    let reply = gateway.client.query("{ value }").await;
    reply.refused(200, "SUBGRAPH_REFUSED", "subgraph `values` fails too often and is not asked for a while");
    assert_eq!(subgraph.calls(), 4, "it is not asked");
    // Once it is tried, it answers, and from then on it is asked as before.
    loop {
        let reply = gateway.client.query("{ value }").await;
        if reply.json().get("errors").is_none() {
            break;
        }
        assert!(opened.elapsed() < Duration::from_secs(20), "{reply:#?}");
        tokio::task::yield_now().await;
    }
    assert!(opened.elapsed() >= open_for / 2, "left alone for a while");
    assert_eq!(gateway.client.query("{ value }").await.data(), json!({ "value": "x" }));
    assert_eq!(subgraph.calls(), 6);
}

#[tokio::test]
async fn more_requests_than_may_wait_are_refused_at_once() {
    let Waiting { url, entered, leave } = Waiting::open().await;
    let gateway = over(&url, |upstream| {
        upstream.max_concurrent_requests = 1;
        upstream.max_waiting_requests = 0;
        upstream.share_requests = false;
    })
    .await;
    let first = gateway.client.query("{ value }");
    let second = async {
        entered.notified().await;
        let reply = gateway.client.query("{ value }").await;
        leave.notify_one();
        reply
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.data(), json!({ "value": "x" }));
    second.refused(200, "SUBGRAPH_REFUSED", "subgraph `values` has too many requests in flight");
}

#[tokio::test]
async fn a_gateway_with_too_much_to_do_says_so_at_once() {
    let Waiting { url, entered, leave } = Waiting::open().await;
    let http = HttpConfig { max_requests: 1, max_waiting_requests: 0, ..HttpConfig::default() };
    let gateway = TestGateway::start(Config { http, ..Config::default() }, &[("values", SCHEMA, &url)]).await;
    let first = gateway.client.query("{ value }");
    let others = async {
        entered.notified().await;
        let refused = gateway.client.query("{ value }").await;
        let alive = gateway.client.get("/health", &[]).await;
        leave.notify_one();
        (refused, alive)
    };
    let (first, (refused, alive)) = tokio::join!(first, others);
    assert_eq!(first.data(), json!({ "value": "x" }), "what was begun is finished");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(
        503,
        "OVERLOADED",
        "the gateway has too many requests in work; try again after `retry-after` seconds",
    );
    assert_eq!(alive.status.as_u16(), 200, "probes are answered");
    leave.notify_one();
    assert_eq!(
        gateway.client.query("{ value }").await.data(),
        json!({ "value": "x" }),
        "there is room again"
    );
}

#[tokio::test]
async fn requests_wait_for_a_place_but_not_for_ever() {
    let Waiting { url, entered, leave } = Waiting::open().await;
    let over = async |max_wait| {
        let http = HttpConfig { max_requests: 1, max_waiting_requests: 1, max_wait, ..HttpConfig::default() };
        TestGateway::start(Config { http, ..Config::default() }, &[("values", SCHEMA, &url)]).await
    };
    let gateway = over(Time::seconds(3600)).await;
    let asking = tokio::spawn({
        let client = gateway.client.clone();
        async move { client.query("{ value }").await }
    });
    entered.notified().await;
    // Of two more, one waits, and the other is refused at once.
    let two = [0, 1].map(|_| Box::pin(gateway.client.query("{ value }")));
    let (refused, _, mut waiting) = select_all(two).await;
    assert_eq!(refused.error().1, "OVERLOADED", "{refused:#?}");
    leave.notify_one();
    assert_eq!(asking.await.unwrap().data(), json!({ "value": "x" }));
    leave.notify_one();
    assert_eq!(waiting.remove(0).await.data(), json!({ "value": "x" }));
    entered.notified().await;

    let gateway = over(Time::milliseconds(20)).await;
    let asking = gateway.client.query("{ value }");
    let late = async {
        entered.notified().await;
        let late = gateway.client.query("{ value }").await;
        leave.notify_one();
        late
    };
    let (first, late) = tokio::join!(asking, late);
    assert_eq!(first.data(), json!({ "value": "x" }));
    assert_eq!((late.error().1.as_str(), late.header("retry-after")), ("OVERLOADED", Some("1")));
}
