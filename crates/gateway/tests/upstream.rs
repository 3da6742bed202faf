//! Subgraphs that fail, each in its own way, and what clients learn of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use gateway::config::{
    Anonymous, BreakerConfig, ByteSize, CallerConfig, Config, ErrorsConfig, HttpConfig, Shown,
    SubgraphConfig, Time, UpstreamConfig,
};
use gateway::upstream::{Client as Upstream, HttpTransport, Routes};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::harness::{PRODUCTS, REVIEWS, Reply, Shop, TestGateway, caller_config, serve_router, token};

const SCHEMA: &str = "type Query { value: String other: String }";

/// A gateway over one subgraph at an address, with short patience.
async fn over(url: &str, change: impl FnOnce(&mut UpstreamConfig)) -> TestGateway {
    let mut upstream =
        UpstreamConfig { timeout: Time(Duration::from_millis(300)), ..UpstreamConfig::default() };
    change(&mut upstream);
    let errors = ErrorsConfig { subgraph_messages: Shown::Always, subgraph_extensions: Shown::Never };
    TestGateway::start(Config { upstream, errors, ..Config::default() }, &[("values", SCHEMA, url)]).await
}

/// A subgraph that answers every request with one status, content type and body.
async fn answering(status: u16, kind: &'static str, body: &'static str) -> String {
    let answer = move || async move { (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, kind)], body) };
    format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await)
}

/// A server that reads a little of each request, writes some bytes and closes the connection.
async fn writing(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    format!("http://{address}/")
}

/// The client gets `null`, one error with code and message, and learns no address.
#[track_caller]
fn failed(reply: &Reply, code: &str, message: &str) {
    reply.refused(200, code, message);
    let json = reply.json();
    assert_eq!(json["data"], json!({ "value": null }), "{reply:#?}");
    assert_eq!(json["errors"].as_array().unwrap().len(), 1, "{reply:#?}");
    for secret in ["127.0.0.1", "http://", "hyper", "os error"] {
        assert!(!reply.text.contains(secret), "{secret}: {reply:#?}");
    }
}

#[tokio::test]
async fn answers_that_are_no_graphql_are_told_apart() {
    let cases = [
        (
            500,
            "text/html",
            "<h1>oops</h1>",
            "SUBGRAPH_HTTP_STATUS",
            "subgraph `values` answered with HTTP status 500",
        ),
        (
            502,
            "application/json",
            r#"{"error":"no"}"#,
            "SUBGRAPH_HTTP_STATUS",
            "subgraph `values` answered with HTTP status 502",
        ),
        (
            301,
            "application/json",
            "{}",
            "SUBGRAPH_HTTP_STATUS",
            "subgraph `values` answered with HTTP status 301",
        ),
        (
            200,
            "text/html",
            "<h1>hello</h1>",
            "SUBGRAPH_MALFORMED_ANSWER",
            "subgraph `values` answered with something else than JSON",
        ),
    ];
    for (status, kind, body, code, message) in cases {
        let gateway = over(&answering(status, kind, body).await, |_| {}).await;
        failed(&gateway.client.query("{ value }").await, code, message);
    }
}

#[tokio::test]
async fn broken_json_is_malformed() {
    for body in ["", "{\"data\":{\"value\":", "7", "[]"] {
        let gateway = over(&answering(200, "application/json", body).await, |_| {}).await;
        let reply = gateway.client.query("{ value }").await;
        let (status, code, _) = reply.error();
        assert_eq!((status, code.as_str()), (200, "SUBGRAPH_MALFORMED_ANSWER"), "{body}: {reply:#?}");
    }
}

#[tokio::test]
async fn a_graphql_answer_counts_whatever_its_status() {
    let body = r#"{"data":{"value":"kept"},"errors":[{"message":"half","path":["value"],"extensions":{"code":"HALF"}}]}"#;
    for status in [200, 400, 500] {
        let gateway = over(&answering(status, "application/json; charset=utf-8", body).await, |_| {}).await;
        let reply = gateway.client.query("{ value }").await;
        reply.refused(200, "HALF", "half");
        assert_eq!(reply.json()["data"], json!({ "value": "kept" }), "{reply:#?}");
    }
}

#[tokio::test]
async fn messages_of_subgraphs_are_hidden_by_default() {
    let body = r#"{"data":null,"errors":[{"message":"select * from secrets","extensions":{"code":"DB","sql":"x"}}]}"#;
    let url = answering(200, "application/json", body).await;
    let gateway = TestGateway::start(Config::default(), &[("values", SCHEMA, &url)]).await;
    let reply = gateway.client.query("{ value }").await;
    assert_eq!(reply.error().1, "DB", "{reply:#?}");
    assert!(!reply.text.contains("secrets") && !reply.text.contains("sql"), "{reply:#?}");
}

#[tokio::test]
async fn a_subgraph_that_is_not_there_cannot_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let gateway = over(&url, |_| {}).await;
    let reply = gateway.client.query("{ value }").await;
    failed(&reply, "SUBGRAPH_UNREACHABLE", "subgraph `values` cannot be reached");
    let reply = gateway.client.get("/ready", &[]).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (503, &json!("no subgraph is reachable")));
}

#[tokio::test]
async fn a_subgraph_that_does_not_answer_times_out() {
    let silent = || async { std::future::pending::<String>().await };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(silent))).await);
    let gateway = over(&url, |upstream| upstream.timeout = Time(Duration::from_millis(50))).await;
    let reply = gateway.client.query("{ value }").await;
    failed(&reply, "SUBGRAPH_TIMEOUT", "subgraph `values` did not answer in time");
}

#[tokio::test]
async fn the_time_of_the_whole_request_bounds_each_subgraph() {
    let silent = || async { std::future::pending::<String>().await };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(silent))).await);
    let mut config = Config::default();
    config.http.request_timeout = Time(Duration::from_millis(50));
    let gateway = TestGateway::start(config, &[("values", SCHEMA, &url)]).await;
    let reply = gateway.client.query("{ value }").await;
    failed(&reply, "SUBGRAPH_TIMEOUT", "subgraph `values` did not answer in time");
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_an_error() {
    let gateway = over(&writing(b"").await, |_| {}).await;
    let message = "subgraph `values` closed the connection without an answer";
    failed(&gateway.client.query("{ value }").await, "SUBGRAPH_UNREACHABLE", message);
}

#[tokio::test]
async fn a_truncated_answer_is_an_error() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"data\":{";
    let gateway = over(&writing(head).await, |_| {}).await;
    let message = "the answer of subgraph `values` is incomplete";
    failed(&gateway.client.query("{ value }").await, "SUBGRAPH_MALFORMED_ANSWER", message);
}

#[tokio::test]
async fn an_oversized_answer_is_an_error_whether_announced_or_not() {
    let announced =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n{";
    let chunked = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
                    40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n0\r\n\r\n";
    for bytes in [&announced[..], &chunked[..]] {
        let gateway = over(&writing(bytes).await, |upstream| upstream.max_response_size = ByteSize(50)).await;
        let message = "the answer of subgraph `values` is larger than 50 bytes";
        failed(&gateway.client.query("{ value }").await, "SUBGRAPH_MALFORMED_ANSWER", message);
    }
}

#[tokio::test]
async fn one_failing_subgraph_leaves_the_answers_of_others() {
    let shop = Shop::open().await;
    let [products, _] = shop.subgraphs();
    let url = answering(500, "text/plain", "down").await;
    let http = HttpConfig { health_details: Shown::Always, ..HttpConfig::default() };
    let config = Config { http, ..Config::default() };
    let gateway = TestGateway::start(config, &[products, ("reviews", REVIEWS, &url)]).await;
    let reply = gateway.client.query("{ products { name } broken: latest { body } }").await;
    assert_eq!(reply.error().1, "SUBGRAPH_HTTP_STATUS", "{reply:#?}");
    let reply = gateway.client.get("/ready", &[]).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("degraded")), "{reply:#?}");
    let state = |name: &str, reachable: bool| json!({ "name": name, "reachable": reachable, "breakerOpen": false, "required": false });
    assert_eq!(reply.json()["subgraphs"], json!([state("products", true), state("reviews", false)]));
}

#[tokio::test]
async fn the_gateway_is_ready_while_what_it_requires_answers() {
    let shop = Shop::open().await;
    let [products, _] = shop.subgraphs();
    // Somebody answers there, but no GraphQL server.
    let wrong = format!("http://{}/graphql", serve_router(Router::new()).await);
    for (required, status, said) in
        [("products", 200, "degraded"), ("reviews", 503, "a required subgraph does not answer")]
    {
        let mut config = Config::default();
        let own = SubgraphConfig { required: true, ..SubgraphConfig::default() };
        config.upstream.subgraphs.insert(required.to_owned(), own);
        let gateway = TestGateway::start(config, &[products, ("reviews", REVIEWS, &wrong)]).await;
        let reply = gateway.client.get("/ready", &[]).await;
        let nothing_else = json!({ "status": said });
        assert_eq!((reply.status.as_u16(), reply.json()), (status, nothing_else), "{required}");
    }
}

#[tokio::test]
async fn a_subgraph_that_is_left_alone_does_not_count_as_answering() {
    // It answers probes, and fails what clients ask.
    let answer = |body: String| async move {
        if body.contains("__typename") {
            (StatusCode::OK, [(CONTENT_TYPE, "application/json")], r#"{"data":{"__typename":"Query"}}"#)
        } else {
            (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/plain")], "down")
        }
    };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await);
    let gateway = over(&url, |upstream| {
        upstream.breaker =
            BreakerConfig { min_calls: 1, open_for: Time::seconds(600), ..BreakerConfig::default() };
    })
    .await;
    gateway.client.query("{ value }").await;
    let reply = gateway.client.get("/ready", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (503, json!({ "status": "no subgraph is reachable" })));
}

/// A subgraph that lets requests wait and counts how many wait at once.
async fn counting() -> (String, Arc<AtomicUsize>, Arc<Notify>) {
    let (waiting, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (count, gate) = (waiting.clone(), go.clone());
    let answer = move || {
        let (count, gate) = (count.clone(), gate.clone());
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            gate.notified().await;
            ([(CONTENT_TYPE, "application/json")], r#"{"data":{"value":"v"}}"#)
        }
    };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(answer))).await);
    (url, waiting, go)
}

#[tokio::test]
async fn requests_beyond_the_limit_of_a_subgraph_wait_and_are_refused_in_the_end() {
    let (url, waiting, _go) = counting().await;
    let gateway = over(&url, |upstream| {
        upstream.timeout = Time(Duration::from_millis(400));
        upstream.max_concurrent_requests = 2;
        upstream.share_requests = false;
    })
    .await;
    let queries = (0..5).map(|_| gateway.client.query("{ value }"));
    let replies = futures::future::join_all(queries).await;
    let count = |code| replies.iter().filter(|reply| reply.error().1 == code).count();
    let (timed_out, refused) = (count("SUBGRAPH_TIMEOUT"), count("SUBGRAPH_REFUSED"));
    assert_eq!((timed_out, refused), (2, 3), "{replies:#?}");
    assert_eq!(waiting.load(Ordering::SeqCst), 2, "no more than two requests reached the subgraph");
    let refused = replies.iter().find(|reply| reply.error().1 == "SUBGRAPH_REFUSED").unwrap();
    failed(refused, "SUBGRAPH_REFUSED", "subgraph `values` has too many requests in flight");
}

#[tokio::test]
async fn a_forwarded_header_or_a_caller_of_its_own_makes_a_request_of_its_own() {
    let (url, waiting, go) = counting().await;
    let upstream =
        UpstreamConfig { forward_headers: vec!["x-shop-locale".to_owned()], ..UpstreamConfig::default() };
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    let config = Config { callers, upstream, ..Config::default() };
    let gateway = TestGateway::start(config, &[("values", SCHEMA, &url)]).await;
    let (anna, boris) = (token("anna", 60), token("boris", 60));
    let all: [&[(&str, &str)]; 5] = [
        &[],
        &[("x-shop-locale", "de")],
        &[("x-shop-locale", "fr")],
        &[("authorization", &anna)],
        &[("authorization", &boris)],
    ];
    let queries = all.map(|headers| gateway.client.query_with("{ value }", headers));
    let all_wait = async {
        while waiting.load(Ordering::SeqCst) < all.len() {
            tokio::task::yield_now().await;
        }
        // Permits of a `Notify` do not add up: whoever waits is told, and that are all.
        go.notify_waiters();
    };
    let (replies, ()) = futures::join!(futures::future::join_all(queries), all_wait);
    for reply in replies {
        assert_eq!(reply.data(), json!({ "value": "v" }));
    }
    assert_eq!(waiting.load(Ordering::SeqCst), all.len());
}

#[tokio::test]
async fn http2_without_negotiation_is_spoken_where_configured() {
    let version = |request: axum::extract::Request| async move {
        let body = format!(r#"{{"data":{{"value":"{:?}"}}}}"#, request.version());
        ([(CONTENT_TYPE, "application/json")], body)
    };
    let url = format!("http://{}/", serve_router(Router::new().route("/", post(version))).await);
    let gateway = over(&url, |_| {}).await;
    assert_eq!(gateway.client.query("{ value }").await.data(), json!({ "value": "HTTP/1.1" }));
    let gateway = over(&url, |upstream| {
        upstream
            .subgraphs
            .insert("values".to_owned(), SubgraphConfig { http2: true, ..SubgraphConfig::default() });
    })
    .await;
    assert_eq!(gateway.client.query("{ value }").await.data(), json!({ "value": "HTTP/2.0" }));
}

#[tokio::test]
async fn settings_of_one_subgraph_replace_the_common_ones() {
    let url = answering(200, "application/json", r#"{"data":{"value":"v"}}"#).await;
    let gateway = over("http://127.0.0.1:9/", |upstream| {
        upstream
            .subgraphs
            .insert("values".to_owned(), SubgraphConfig { url: Some(url), ..SubgraphConfig::default() });
    })
    .await;
    assert_eq!(gateway.client.query("{ value }").await.data(), json!({ "value": "v" }));
}

#[tokio::test]
async fn settings_of_unknown_subgraphs_and_bad_urls_are_refused_at_once() {
    let mut config = UpstreamConfig::default();
    config.subgraphs.insert("product".to_owned(), SubgraphConfig::default());
    let client = Upstream::new(&config).unwrap();
    let routes =
        Routes::from([("products".to_owned(), PRODUCTS.to_owned()), ("reviews".to_owned(), String::new())]);
    let problems = HttpTransport::new(client, &config, &routes).err().unwrap();
    let shown: Vec<_> =
        problems.iter().map(|problem| format!("{}: {}", problem.key, problem.message)).collect();
    let url = "the supergraph's routing URL cannot be used: expected a URL such as `http://127.0.0.1:4001/graphql`; set \
               a `url` here";
    let expected = [
        "upstream.subgraphs.product: the supergraph has no such subgraph; did you mean `products`?"
            .to_owned(),
        format!("upstream.subgraphs.products: {url}"),
        format!("upstream.subgraphs.reviews: {url}"),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_file_without_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "nonsense").unwrap();
    let config = UpstreamConfig { ca_file: Some(path), ..UpstreamConfig::default() };
    let error = Upstream::new(&config).err().unwrap().to_string();
    let reason = "there is no `-----BEGIN CERTIFICATE-----`";
    assert!(error.starts_with("`upstream.ca_file`: `") && error.contains(reason), "{error}");
}
