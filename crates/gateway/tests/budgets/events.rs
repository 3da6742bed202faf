//! Subscriptions pay for each event when it is delivered.

use gateway::config::{BudgetConfig, Config, LimitsConfig, SubscriptionProtocol, SubscriptionsConfig, Time};
use serde_json::json;

use super::{budget, is_refused, parameter, with};
use crate::harness::{News, Shop, Socket, TestGateway, news_by};

/// An event costs 2, by estimate and in fact: an arrival with its product.
const ARRIVALS: &str = "subscription { arrivals { note product { name } } }";

/// An event costs 12 by estimate, and 4 in fact for a product with two reviews.
const REVIEWED: &str = "subscription { arrivals { note product { name reviews { stars } } } }";

async fn start(news: &News, budget: BudgetConfig, subscriptions: SubscriptionsConfig) -> TestGateway {
    let shop = Shop::open().await;
    let [products, reviews] = shop.subgraphs();
    let limits = LimitsConfig { budget: Some(budget), ..LimitsConfig::default() };
    let config = Config { upstream: news_by(SubscriptionProtocol::WebSocket), subscriptions, ..with(limits) };
    TestGateway::start(config, &[products, reviews, news.subgraph()]).await
}

#[tokio::test]
async fn whoever_cannot_pay_for_an_event_is_told_and_subscribes_again_later() {
    let news = News::open().await;
    let gateway = start(&news, budget(5), SubscriptionsConfig::default()).await;
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    // The first is paid for by the opening, the second from what is left.
    for note in ["first", "second", "third"] {
        news.arrive("1", note);
    }
    for note in ["first", "second"] {
        assert_eq!(socket.hear().await["payload"]["data"]["arrivals"]["note"], note);
    }
    let refusal = socket.hear().await;
    assert_eq!((&refusal["type"], &refusal["id"]), (&json!("error"), &json!("1")), "{refusal:#}");
    let extensions = &refusal["payload"][0]["extensions"];
    let seconds = extensions["retryAfter"].as_u64().unwrap_or_else(|| panic!("{refusal:#}"));
    let message = format!(
        "an event costs 2, and 1 of a budget of 5 are left; try again in {seconds} s; select less of events"
    );
    assert_eq!(
        (&extensions["code"], &refusal["payload"][0]["message"]),
        (&json!("BUDGET_EXCEEDED"), &json!(message))
    );
    news.closed().await;
    // Nothing follows the error, and whoever comes back at once is refused.
    socket.subscribe("2", ARRIVALS).await;
    let again = socket.hear().await;
    assert_eq!(
        (&again["id"], &again["payload"][0]["extensions"]["code"]),
        (&json!("2"), &json!("BUDGET_EXCEEDED"))
    );
    assert!(is_refused(&gateway.client.query_with(ARRIVALS, &[("accept", "text/event-stream")]).await));
}

#[tokio::test]
async fn streams_over_http_end_with_the_reason() {
    let formats = [
        ("text/event-stream", "event: next\ndata: {\"errors\":[{"),
        ("multipart/mixed;subscriptionSpec=1.0", "{\"payload\":null,\"errors\":[{"),
    ];
    for (accept, end) in formats {
        let news = News::open().await;
        let gateway = start(&news, budget(2), SubscriptionsConfig::default()).await;
        let reading = tokio::spawn({
            let client = gateway.client.clone();
            async move { client.query_with(ARRIVALS, &[("accept", accept)]).await }
        });
        news.opened().await;
        news.arrive("1", "first");
        news.arrive("1", "second");
        let text = reading.await.unwrap().text;
        let (before, after) = text.split_once(end).unwrap_or_else(|| panic!("{text}"));
        assert!(before.contains("first") && !text.contains("second"), "{text}");
        assert!(after.contains("BUDGET_EXCEEDED") && !after.contains("complete"), "{text}");
        news.closed().await;
    }
}

#[tokio::test]
async fn events_come_as_fast_as_the_budget_does() {
    let news = News::open().await;
    let fast = BudgetConfig { per_minute: 6000, capacity: Some(2) };
    let gateway = start(&news, fast, SubscriptionsConfig::default()).await;
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    let notes: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    notes.iter().for_each(|note| news.arrive("1", note));
    for note in &notes {
        assert_eq!(socket.hear().await["payload"]["data"]["arrivals"]["note"], **note);
    }
}

#[tokio::test]
async fn no_event_waits_longer_than_allowed() {
    let news = News::open().await;
    // The second event could be paid for after two minutes, of which none passes.
    let impatient = SubscriptionsConfig { budget_wait: Time::seconds(100), ..SubscriptionsConfig::default() };
    let gateway = start(&news, budget(2), impatient).await;
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    news.arrive("1", "first");
    news.arrive("1", "second");
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "BUDGET_EXCEEDED");
}

#[tokio::test]
async fn an_event_costs_what_it_tells() {
    let news = News::open().await;
    let gateway = start(&news, budget(12), SubscriptionsConfig::default()).await;
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    socket.subscribe("1", REVIEWED).await;
    news.opened().await;
    for left in [7, 3] {
        news.arrive("1", "fresh");
        assert_eq!(socket.hear().await["type"], "next");
        // Of 12, after events of 4 each and this question of 1, which is given back.
        loop {
            let reply = gateway.client.query("{ product(id: 9) { name } }").await;
            if !is_refused(&reply) && parameter(&reply, "ratelimit", "r") == left {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
