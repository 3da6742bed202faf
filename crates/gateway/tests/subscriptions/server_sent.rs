//! Events as `text/event-stream`.

use gateway::Drained;
use gateway::config::{ByteSize, Config, HttpConfig, SubscriptionProtocol, SubscriptionsConfig, Time};
use http::Method;
use serde_json::json;

use super::{ARRIVALS, Stream, by, start, with};
use crate::harness::{News, Reply, TestGateway, caller_config, token};

const SSE: &str = "text/event-stream";

async fn open(gateway: &TestGateway, query: &str) -> Stream {
    Stream::of(Stream::open(gateway, SSE, query).await, SSE)
}

#[tokio::test]
async fn every_event_is_completed_by_other_subgraphs() {
    for protocol in [SubscriptionProtocol::WebSocket, SubscriptionProtocol::Sse] {
        let news = News::open().await;
        let gateway = start(&news, by(protocol)).await;
        let mut stream = open(&gateway, ARRIVALS).await;
        news.opened().await;
        for (id, name) in [("1", "Table"), ("2", "Chair"), ("1", "Table")] {
            news.arrive(id, "fresh");
            let event = format!(
                "event: next\ndata: {{\"data\":{{\"arrivals\":{{\"note\":\"fresh\",\"product\":{{\"name\":\"{name}\"}}}}}}}}\n\n"
            );
            assert_eq!(stream.until("\n\n").await, event, "{protocol:?}");
        }
    }
}

#[tokio::test]
async fn the_stream_completes_with_the_subgraphs() {
    for protocol in [SubscriptionProtocol::WebSocket, SubscriptionProtocol::Sse] {
        let news = News::open().await;
        let gateway = start(&news, by(protocol)).await;
        let mut stream = open(&gateway, "subscription { arrivals(limit: 1) { note } }").await;
        news.opened().await;
        news.arrive("1", "last");
        assert_eq!(
            stream.until("\n\n").await,
            "event: next\ndata: {\"data\":{\"arrivals\":{\"note\":\"last\"}}}\n\n"
        );
        assert_eq!(stream.rest().await, "event: complete\ndata:\n\n", "{protocol:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_subgraphs_subscription() {
    for protocol in [SubscriptionProtocol::WebSocket, SubscriptionProtocol::Sse] {
        let news = News::open().await;
        let gateway = start(&news, by(protocol)).await;
        let stream = open(&gateway, ARRIVALS).await;
        news.opened().await;
        drop(stream);
        news.closed().await;
    }
}

#[tokio::test]
async fn a_quiet_stream_shows_signs_of_life() {
    let news = News::open().await;
    let quick = SubscriptionsConfig { heartbeat: Time::milliseconds(20), ..SubscriptionsConfig::default() };
    let gateway = start(&news, with(quick)).await;
    let mut stream = open(&gateway, ARRIVALS).await;
    assert_eq!(stream.until("\n\n").await, ":\n\n");
    assert_eq!(stream.until("\n\n").await, ":\n\n");
}

#[tokio::test]
async fn who_takes_nothing_else_gets_any_answer_as_a_stream() {
    let news = News::open().await;
    let gateway = start(&news, Config::default()).await;
    let cases = [
        (
            "{ product(id: 1) { name } }",
            "event: next\ndata: {\"data\":{\"product\":{\"name\":\"Table\"}}}\n\nevent: complete\ndata:\n\n",
        ),
        (
            "{ product(id: 1) { price } }",
            "event: next\ndata: {\"errors\":[{\"message\":\"type `Product` does not have a field `price`\",\"locations\":\
             [{\"line\":1,\"column\":20}],\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}]}\n\nevent: complete\ndata:\n\n",
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(open(&gateway, query).await.rest().await, expected, "{query}");
    }
}

#[tokio::test]
async fn who_takes_json_too_gets_json_for_what_is_no_subscription() {
    let news = News::open().await;
    let gateway = start(&news, Config::default()).await;
    let accept = [("accept", "application/graphql-response+json, text/event-stream, multipart/mixed")];
    let reply = gateway.client.query_with("{ product(id: 1) { name } }", &accept).await;
    assert_eq!(reply.data(), json!({ "product": { "name": "Table" } }));
    let response = Stream::open(&gateway, accept[0].1, ARRIVALS).await;
    Stream::of(response, SSE);
}

#[tokio::test]
async fn who_takes_no_stream_is_told_how_to_subscribe() {
    let news = News::open().await;
    let gateway = start(&news, Config::default()).await;
    let message = "a subscription is answered as a stream of events; send `accept: text/event-stream` or `accept: \
                   multipart/mixed;subscriptionSpec=1.0`, or open a WebSocket";
    for accept in ["*/*", "application/json", "multipart/mixed, application/json"] {
        let reply = gateway.client.query_with(ARRIVALS, &[("accept", accept)]).await;
        reply.refused(406, "NOT_ACCEPTABLE", message);
    }
}

#[tokio::test]
async fn a_subscription_may_come_by_get() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::Sse)).await;
    let path = "/graphql?query=subscription%7Barrivals(limit:1)%7Bnote%7D%7D";
    let headers = [("accept", SSE), ("sec-fetch-site", "same-origin"), ("last-event-id", "7")];
    let mut stream = Stream::of(gateway.client.open(Method::GET, path, &headers, "").await, SSE);
    news.opened().await;
    news.arrive("1", "seen");
    assert!(stream.until("\n\n").await.contains("seen"));
    // Another site's page may not cause work.
    let reply = gateway.client.get(path, &[("accept", SSE), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(reply.error().1, "CSRF_PREVENTED");
}

#[tokio::test]
async fn the_stream_ends_when_the_token_expires() {
    let news = News::open().await;
    let config = Config { callers: caller_config(), ..by(SubscriptionProtocol::WebSocket) };
    let gateway = start(&news, config).await;
    // Accepted within the clock's tolerance of 5 seconds, of which one or two are left.
    let expired = token("ann", -3);
    let headers = [("accept", SSE), ("authorization", expired.as_str())];
    let stream = Stream::of(Stream::open_with(&gateway, &headers, ARRIVALS).await, SSE);
    let expected = json!({ "errors": [{
        "message": "the token has expired; get a new one", "extensions": { "code": "UNAUTHENTICATED" },
    }] });
    let text = stream.rest().await;
    let data = text.strip_prefix("event: next\ndata: ").unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(data).unwrap(), expected);
    news.closed().await;
}

#[tokio::test]
async fn streams_end_when_the_gateway_stops_and_do_not_hold_it_up() {
    let news = News::open().await;
    let http = HttpConfig { drain_timeout: Time::seconds(3600), ..HttpConfig::default() };
    let gateway = start(&news, Config { http, ..by(SubscriptionProtocol::WebSocket) }).await;
    let stream = open(&gateway, ARRIVALS).await;
    news.opened().await;
    let stopped = gateway.stop();
    let text = stream.rest().await;
    assert!(text.contains("GATEWAY_STOPPING") && !text.contains("complete"), "{text}");
    assert_eq!(stopped.await.unwrap(), Drained::Completely);
    news.closed().await;
}

#[tokio::test]
async fn only_so_many_are_open() {
    let news = News::open().await;
    let gateway =
        start(&news, with(SubscriptionsConfig { max_open: 1, ..SubscriptionsConfig::default() })).await;
    let stream = open(&gateway, ARRIVALS).await;
    news.opened().await;
    let reply: Reply = gateway.client.query_with(ARRIVALS, &[("accept", SSE)]).await;
    let message = "as many subscriptions are open as the gateway serves; try again later";
    reply.refused(503, "LIMIT_SUBSCRIPTIONS", message);
    assert_eq!(reply.header("retry-after"), Some("5"));
    drop(stream);
    news.closed().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let news = News::open().await;
    let hasty =
        SubscriptionsConfig { send_timeout: Time::milliseconds(50), ..SubscriptionsConfig::default() };
    let gateway = start(&news, with(hasty)).await;
    let stream = open(&gateway, "subscription { arrivals { note } }").await;
    news.opened().await;
    let large = "x".repeat(ByteSize::mebibytes(1).as_usize());
    // More than all buffers on the way hold.
    (0..64).for_each(|_| news.arrive("1", &large));
    news.closed().await;
    drop(stream);
}

#[tokio::test]
async fn a_stream_has_its_place_among_the_requests_until_its_end() {
    let news = News::open().await;
    let http = HttpConfig { max_requests: 1, max_waiting_requests: 0, ..HttpConfig::default() };
    let gateway = start(&news, Config { http, ..by(SubscriptionProtocol::WebSocket) }).await;
    let stream = open(&gateway, ARRIVALS).await;
    news.opened().await;
    let ask = async || gateway.client.query("{ products { name } }").await;
    assert_eq!(ask().await.error().1, "OVERLOADED");
    drop(stream);
    while ask().await.status != 200 {
        tokio::task::yield_now().await;
    }
}
