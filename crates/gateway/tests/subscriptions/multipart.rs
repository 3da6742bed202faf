//! Events as parts of `multipart/mixed`.

use gateway::config::{Config, SubscriptionProtocol, SubscriptionsConfig, Time};
use serde_json::json;

use super::{ARRIVALS, Stream, by, start, with};
use crate::harness::{News, TestGateway};

/// As Apollo Client sends it.
const MULTIPART: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json";
const HEAD: &str = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";

async fn open(gateway: &TestGateway, query: &str) -> Stream {
    let response = Stream::open(gateway, MULTIPART, query).await;
    Stream::of(response, "multipart/mixed; boundary=\"-\"; subscriptionSpec=1.0")
}

#[tokio::test]
async fn every_event_is_a_part_and_its_end_comes_with_it() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::WebSocket)).await;
    let mut stream = open(&gateway, "subscription { arrivals(limit: 2) { product { name } } }").await;
    news.opened().await;
    let part = |name| {
        format!(
            "{HEAD}{{\"payload\":{{\"data\":{{\"arrivals\":{{\"product\":{{\"name\":\"{name}\"}}}}}}}}}}\r\n---"
        )
    };
    news.arrive("1", "");
    assert_eq!(stream.until("}\r\n---").await, format!("\r\n---{}", part("Table")));
    news.arrive("2", "");
    assert_eq!(stream.rest().await, format!("{}--\r\n", part("Chair")));
}

#[tokio::test]
async fn a_quiet_stream_shows_signs_of_life() {
    let news = News::open().await;
    let quick = SubscriptionsConfig { heartbeat: Time::milliseconds(20), ..SubscriptionsConfig::default() };
    let gateway = start(&news, with(quick)).await;
    let mut stream = open(&gateway, ARRIVALS).await;
    assert_eq!(stream.until("}\r\n---").await, format!("\r\n---{HEAD}{{}}\r\n---"));
    assert_eq!(stream.until("}\r\n---").await, format!("{HEAD}{{}}\r\n---"));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_subgraphs_subscription() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::WebSocket)).await;
    let stream = open(&gateway, ARRIVALS).await;
    news.opened().await;
    drop(stream);
    news.closed().await;
}

#[tokio::test]
async fn what_ends_the_stream_from_outside_stands_beside_the_payload() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::WebSocket)).await;
    let stream = open(&gateway, ARRIVALS).await;
    news.opened().await;
    let stopped = gateway.stop();
    let expected = "{\"payload\":null,\"errors\":[{\"extensions\":{\"code\":\"GATEWAY_STOPPING\"},\
                    \"message\":\"the gateway stops; subscribe again\"}]}";
    assert_eq!(stream.rest().await, format!("\r\n---{HEAD}{expected}\r\n-----\r\n"));
    stopped.await.unwrap();
}

#[tokio::test]
async fn what_is_no_subscription_is_answered_in_one_piece() {
    let news = News::open().await;
    let gateway = start(&news, Config::default()).await;
    let accept = [("accept", MULTIPART)];
    let reply = gateway.client.query_with("{ product(id: 1) { name } }", &accept).await;
    assert_eq!(reply.data(), json!({ "product": { "name": "Table" } }));
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    let reply = gateway.client.query_with("subscription { arrivals { cost } }", &accept).await;
    assert_eq!(reply.error().1, "GRAPHQL_VALIDATION_FAILED");
}
