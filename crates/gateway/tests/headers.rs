//! Headers on their way through the gateway, by rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;
use gateway::config::{Config, HeadersConfig, UpstreamConfig};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Semaphore};

use crate::harness::{Reply, TestGateway, serve_router};

/// A subgraph that answers with the headers it got whose names begin with `x-`, and its key.
async fn telling(field: &'static str) -> String {
    let answer = move |headers: HeaderMap| async move {
        let told = headers.iter().filter(|(name, _)| {
            name.as_str().starts_with("x-") && *name != "x-request-id" || *name == "authorization"
        });
        let mut told: Vec<_> =
            told.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        told.sort();
        axum::Json(json!({ "data": { field: told } }))
    };
    format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await)
}

fn rules(rules: Value) -> HeadersConfig {
    serde_json::from_value(rules).unwrap()
}

/// A gateway over two subgraphs, of which `b` has rules of its own.
async fn over(all: Value, own: Value) -> TestGateway {
    let mut upstream = UpstreamConfig { headers: rules(all), ..UpstreamConfig::default() };
    upstream.subgraphs.entry("b".to_owned()).or_default().headers = rules(own);
    let config = Config { upstream, ..Config::default() };
    let (a, b) = (telling("a").await, telling("b").await);
    let schemas = ["type Query { a: [String!] }", "type Query { b: [String!] }"];
    TestGateway::start(config, &[("a", schemas[0], &a), ("b", schemas[1], &b)]).await
}

#[tokio::test]
async fn each_subgraph_receives_what_its_rules_say() {
    let gateway = over(
        json!({ "propagate": [{ "name": "x-shop-*" }, { "name": "x-locale", "default": "en" }] }),
        json!({
            "propagate": [{ "name": "x-shop-id", "rename": "x-store" }],
            "remove": ["x-shop-*"],
            "insert": { "authorization": "Bearer fixed" },
        }),
    )
    .await;
    let sent =
        [("x-shop-id", "7"), ("x-shop-area", "north"), ("x-other", "no"), ("x-caller-token", "forged")];
    let data = gateway.client.query_with("{ a b }", &sent).await.data();
    let expected = json!({
        "a": ["x-locale: en", "x-shop-area: north", "x-shop-id: 7"],
        "b": ["authorization: Bearer fixed", "x-locale: en", "x-store: 7"],
    });
    assert_eq!(data, expected);
    let data = gateway.client.query_with("{ a b }", &[("x-locale", "de")]).await.data();
    assert_eq!(data, json!({ "a": ["x-locale: de"], "b": ["authorization: Bearer fixed", "x-locale: de"] }));
}

/// A subgraph that answers with headers when it is told to.
async fn sending(
    field: &'static str,
    headers: &'static [(&'static str, &'static str)],
) -> (String, Arc<Semaphore>) {
    let go = Arc::new(Semaphore::new(0));
    let answer = {
        let go = go.clone();
        move || async move {
            go.acquire().await.unwrap().forget();
            let mut response = axum::Json(json!({ "data": { field: "x" } })).into_response();
            for (name, value) in headers {
                response.headers_mut().append(*name, HeaderValue::from_static(value));
            }
            response
        }
    };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await);
    (url, go)
}

fn values<'a>(reply: &'a Reply, name: &str) -> Vec<&'a str> {
    reply.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn clients_receive_what_rules_say_of_answers_headers() {
    let a =
        &[("x-step", "a"), ("x-left", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=1"), ("x-secret", "no")];
    let b =
        &[("x-step", "b"), ("x-left", "2"), ("set-cookie", "c=1"), ("cache-control", "public, max-age=9")];
    let ((a, go_a), (b, go_b)) = (sending("a", a).await, sending("b", b).await);
    let headers = rules(json!({ "answers": [
        { "name": "x-step", "merge": "append" },
        { "name": "x-left", "rename": "x-remaining", "merge": "first" },
        { "name": "set-cookie" },
    ] }));
    let upstream = UpstreamConfig { headers, ..UpstreamConfig::default() };
    let schemas = ["type Query { a: String }", "type Query { b: String }"];
    let config = Config { upstream, ..Config::default() };
    let gateway = TestGateway::start(config, &[("a", schemas[0], &a), ("b", schemas[1], &b)]).await;
    let asking = gateway.client.query("{ a b }");
    // The order is the plan's, whoever is faster.
    go_b.add_permits(1);
    let reply = tokio::join!(asking, async {
        while go_b.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        go_a.add_permits(1);
    })
    .0;
    assert_eq!(reply.data(), json!({ "a": "x", "b": "x" }));
    assert_eq!(values(&reply, "x-step"), ["a", "b"]);
    assert_eq!(values(&reply, "x-remaining"), ["1"]);
    assert_eq!(values(&reply, "set-cookie"), ["a=1", "b=1", "c=1"]);
    assert_eq!(values(&reply, "cache-control"), ["no-store"]);
    assert!(reply.header("x-left").is_none() && reply.header("x-secret").is_none(), "{reply:#?}");
}

#[tokio::test]
async fn requests_do_not_share_what_may_hold_a_cookie() {
    // Each request reaches the subgraph, or nobody is answered.
    let (both, number) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let answer = move || async move {
        let number = number.fetch_add(1, Ordering::SeqCst);
        both.wait().await;
        ([("set-cookie", format!("session={number}"))], axum::Json(json!({ "data": { "a": "x" } })))
    };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await);
    let headers = rules(json!({ "answers": [{ "name": "set-cookie" }] }));
    let upstream = UpstreamConfig { headers, ..UpstreamConfig::default() };
    let config = Config { upstream, ..Config::default() };
    let gateway = TestGateway::start(config, &[("a", "type Query { a: String }", &url)]).await;
    // Ids that clients choose make no difference.
    let ask = || gateway.client.query_with("{ a }", &[("x-request-id", "same")]);
    let (first, second) = tokio::join!(ask(), ask());
    assert_eq!((first.data(), second.data()), (json!({ "a": "x" }), json!({ "a": "x" })));
    assert_ne!(first.header("set-cookie").unwrap(), second.header("set-cookie").unwrap());
}

#[tokio::test]
async fn requests_share_what_they_ask_with_equal_headers() {
    // One call to `a` for both, one to `b` for each; nobody is answered before.
    let calls = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let go = Arc::new(Semaphore::new(0));
    let subgraph = async |field: &'static str, calls: &Arc<AtomicUsize>| {
        let (calls, go) = (calls.clone(), go.clone());
        let answer = move || async move {
            calls.fetch_add(1, Ordering::SeqCst);
            go.acquire().await.unwrap().forget();
            axum::Json(json!({ "data": { field: "x" } }))
        };
        format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await)
    };
    let (a, b) = (subgraph("a", &calls[0]).await, subgraph("b", &calls[1]).await);
    let mut upstream = UpstreamConfig::default();
    upstream.subgraphs.entry("b".to_owned()).or_default().headers =
        rules(json!({ "propagate": [{ "name": "x-store" }] }));
    let config = Config { upstream, ..Config::default() };
    let schemas = ["type Query { a: String }", "type Query { b: String }"];
    let gateway = TestGateway::start(config, &[("a", schemas[0], &a), ("b", schemas[1], &b)]).await;
    let one = gateway.client.query_with("{ a b }", &[("x-store", "1")]);
    let two = gateway.client.query_with("{ a b }", &[("x-store", "2")]);
    let all_asked = async {
        while calls[1].load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        go.add_permits(4);
    };
    let (one, two, ()) = tokio::join!(one, two, all_asked);
    assert_eq!((one.data(), two.data()), (json!({ "a": "x", "b": "x" }), json!({ "a": "x", "b": "x" })));
    assert_eq!(calls.map(|calls| calls.load(Ordering::SeqCst)), [1, 2]);
}

#[tokio::test]
async fn caches_tell_answers_apart_by_the_headers_that_rules_name() {
    let get = |gateway: TestGateway| async move {
        let headers = [("accept", "application/json"), ("apollo-require-preflight", "1")];
        let reply = gateway.client.get("/graphql?query=%7Ba%7D", &headers).await;
        reply.header("vary").unwrap_or_else(|| panic!("{reply:#?}")).to_owned()
    };
    let named = over(json!({}), json!({ "propagate": [{ "name": "x-store" }] })).await;
    assert_eq!(get(named).await, "accept, accept-encoding, authorization, x-store");
    let pattern = over(json!({ "propagate": [{ "name": "x-shop-*" }] }), json!({})).await;
    assert_eq!(get(pattern).await, "*");
}
