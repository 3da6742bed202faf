//! Subgraphs whose subscriptions fail, by each protocol.

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::routing::{any, get, post};
use bytes::Bytes;
use gateway::config::{ByteSize, Config, SubscriptionProtocol, UpstreamConfig};
use serde_json::{Value, json};

use super::Stream;
use crate::harness::{News, Shop, TestGateway, news_by, serve_router};

use SubscriptionProtocol::{Sse, WebSocket};

const QUERY: &str = "subscription { arrivals { note } }";

/// The responses a client gets from a subgraph at a URL, and whether they end by agreement.
async fn responses(url: &str, upstream: UpstreamConfig) -> (Vec<Value>, bool) {
    let (shop, news) = (Shop::open().await, News::open().await);
    let [products, _] = shop.subgraphs();
    let (name, schema, _) = news.subgraph();
    let config = Config { upstream, ..Config::default() };
    let gateway = TestGateway::start(config, &[products, (name, schema, url)]).await;
    let stream = Stream::of(Stream::open(&gateway, "text/event-stream", QUERY).await, "text/event-stream");
    let text = stream.rest().await;
    let next = text.split("\n\n").filter_map(|event| event.strip_prefix("event: next\ndata: "));
    (
        next.map(|data| serde_json::from_str(data).unwrap()).collect(),
        text.ends_with("event: complete\ndata:\n\n"),
    )
}

fn error(code: &str, message: &str) -> Value {
    json!({ "message": message, "extensions": { "code": code, "service": "news" } })
}

/// A subgraph that answers every `POST` with the same stream of events.
async fn sends_events(text: &str) -> String {
    let text = text.to_owned();
    let events = move || async move { ([("content-type", "text/event-stream")], Body::from(text)) };
    format!("http://{}", serve_router(Router::new().route("/", post(events))).await)
}

/// A subgraph that says the same to every WebSocket and closes it.
async fn says(messages: &[&str]) -> String {
    let messages: Vec<_> = messages.iter().map(|message| (*message).to_owned()).collect();
    let socket = move |upgrade: WebSocketUpgrade| async move {
        upgrade.protocols(["graphql-transport-ws"]).on_upgrade(async move |mut socket| {
            for (index, message) in messages.into_iter().enumerate() {
                // The greeting and the subscription; more is not said to it.
                if index < 2 {
                    let _ = socket.recv().await;
                }
                let _ = socket.send(Message::text(message)).await;
            }
        })
    };
    format!("http://{}", serve_router(Router::new().route("/", get(socket))).await)
}

const EVENT: &str = r#"{"data":{"arrivals":{"note":"a"}}}"#;
const ONE: &str = "event: next\ndata: {\"data\":{\"arrivals\":{\"note\":\"a\"}}}\n\n";

#[tokio::test]
async fn events_that_break_off_end_with_an_error() {
    let broken = error("SUBGRAPH_UNREACHABLE", "subgraph `news` broke off the subscription");
    let malformed = error("SUBGRAPH_MALFORMED_ANSWER", "subgraph `news` sent an event that cannot be read");
    let event: Value = serde_json::from_str(EVENT).unwrap();
    let (ack, next) = (
        r#"{"type":"connection_ack"}"#,
        r#"{"id":"1","type":"next","payload":{"data":{"arrivals":{"note":"a"}}}}"#,
    );
    let large = format!("{ONE}event: next\ndata: {}\n\n", "x".repeat(100));
    let large_next = format!(r#"{{"id":"1","type":"next","payload":{{"data":"{}"}}}}"#, "x".repeat(100));
    let cases = [
        (Sse, sends_events(ONE).await, &broken),
        (Sse, sends_events(&large).await, &malformed),
        (WebSocket, says(&[ack, next]).await, &broken),
        (WebSocket, says(&[ack, next, "?"]).await, &malformed),
        (WebSocket, says(&[ack, next, &large_next]).await, &malformed),
    ];
    for (protocol, url, expected) in cases {
        let upstream = UpstreamConfig { max_response_size: ByteSize(90), ..news_by(protocol) };
        let (responses, complete) = responses(&url, upstream).await;
        assert!(complete && responses.len() == 2, "{protocol:?}: {responses:#?}");
        assert_eq!(responses[0], event, "{protocol:?}");
        assert_eq!(responses[1]["errors"][0]["extensions"], expected["extensions"], "{protocol:?}");
        assert_eq!(responses[1]["errors"][0]["message"], expected["message"], "{protocol:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_one_error() {
    let status = Router::new().route("/", any(|| async { (http::StatusCode::BAD_GATEWAY, "<html>") }));
    let status = format!("http://{}", serve_router(status).await);
    let text = Router::new().route("/", any(|| async { Bytes::from_static(b"hello") }));
    let text = format!("http://{}", serve_router(text).await);
    let other = |upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(async |_| {}) };
    let other = format!("http://{}", serve_router(Router::new().route("/", get(other))).await);
    let nothing = "http://127.0.0.1:1".to_owned();
    let cases = [
        (Sse, &nothing, "SUBGRAPH_UNREACHABLE", "subgraph `news` cannot be reached"),
        (WebSocket, &nothing, "SUBGRAPH_UNREACHABLE", "subgraph `news` cannot be reached"),
        (Sse, &status, "SUBGRAPH_HTTP_STATUS", "subgraph `news` answered with HTTP status 502"),
        (
            WebSocket,
            &status,
            "SUBGRAPH_HTTP_STATUS",
            "subgraph `news` answered with HTTP status 502 to a WebSocket",
        ),
        (Sse, &text, "SUBGRAPH_MALFORMED_ANSWER", "subgraph `news` answered with something else than JSON"),
        (
            WebSocket,
            &other,
            "SUBGRAPH_REFUSED",
            "subgraph `news` does not speak the protocol of subscriptions",
        ),
    ];
    for (protocol, url, code, message) in cases {
        let (responses, complete) = responses(url, news_by(protocol)).await;
        assert_eq!(responses, [json!({ "errors": [error(code, message)] })], "{protocol:?} {url}");
        assert!(complete);
    }
}

#[tokio::test]
async fn a_subgraph_that_refuses_the_operation_says_why() {
    for protocol in [Sse, WebSocket] {
        let news = News::open().await;
        let gateway = super::start(&news, super::by(protocol)).await;
        let query = "subscription { failing { note } }";
        let stream =
            Stream::of(Stream::open(&gateway, "text/event-stream", query).await, "text/event-stream");
        let text = stream.rest().await;
        assert!(
            text.contains("\"service\":\"news\"") && text.ends_with("event: complete\ndata:\n\n"),
            "{text}"
        );
    }
}
