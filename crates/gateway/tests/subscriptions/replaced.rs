//! What becomes of subscriptions and WebSockets when a new schema takes over.

use gateway::config::{Config, ReloadConfig, SubscriptionProtocol, Time};
use gateway::{Gateway, Live};
use serde_json::json;

use super::{ARRIVALS, Stream, by};
use crate::harness::{News, Shop, Socket, TestGateway, engine};

/// A gateway that can be replaced.
struct World {
    news: News,
    shop: Shop,
    config: Config,
    live: Live,
    gateway: TestGateway,
}

impl World {
    async fn start(end_subscriptions_within: Time) -> Self {
        let reload = ReloadConfig { end_subscriptions_within, ..ReloadConfig::default() };
        let config = Config { reload, ..by(SubscriptionProtocol::WebSocket) };
        let (news, shop) = (News::open().await, Shop::open().await);
        let [products, reviews] = shop.subgraphs();
        let (engine, _) = engine(&config, &[products, reviews, news.subgraph()]);
        let live = Live::from(Gateway::new(engine, &config).unwrap());
        let gateway = TestGateway::serve(live.clone()).await;
        Self { news, shop, config, live, gateway }
    }

    /// A schema without reviews takes over.
    async fn replace(&self) {
        let [products, _] = self.shop.subgraphs();
        let (engine, _) = engine(&self.config, &[products, self.news.subgraph()]);
        self.live.replace(self.live.gateway().successor(engine, &self.config).await.unwrap());
    }
}

/// Asks for reviews, which the new schema does not have.
const WITH_REVIEWS: &str = "subscription { arrivals { note product { reviews { stars } } } }";

#[tokio::test]
async fn subscriptions_go_on_with_the_old_schema_for_a_while() {
    let world = World::start(Time::seconds(360_000)).await;
    let mut socket = Socket::connect(world.gateway.address, &json!({})).await;
    socket.subscribe("1", WITH_REVIEWS).await;
    world.news.opened().await;
    let response = Stream::open(&world.gateway, "text/event-stream", WITH_REVIEWS).await;
    let mut stream = Stream::of(response, "text/event-stream");
    world.news.opened().await;
    world.replace().await;
    world.news.arrive("2", "later");
    let event = json!({ "arrivals": { "note": "later", "product": { "reviews": [{ "stars": 4 }] } } });
    assert_eq!(socket.hear().await["payload"]["data"], event);
    assert_eq!(stream.until("\n\n").await, format!("event: next\ndata: {}\n\n", json!({ "data": event })));
    // Whoever comes now meets the new schema.
    let refused = Stream::open(&world.gateway, "text/event-stream", WITH_REVIEWS).await;
    let text = Stream { body: refused.into_body(), text: String::new() }.rest().await;
    assert!(text.contains("GRAPHQL_VALIDATION_FAILED"), "{text}");
}

#[tokio::test]
async fn streams_end_and_say_that_the_client_may_subscribe_again() {
    for accept in ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"] {
        let world = World::start(Time::milliseconds(1)).await;
        let response = Stream::open(&world.gateway, accept, ARRIVALS).await;
        world.news.opened().await;
        world.replace().await;
        let text = Stream { body: response.into_body(), text: String::new() }.rest().await;
        let (code, message) = ("\"code\":\"GATEWAY_RELOADED\"", "configuration or schema; subscribe again");
        assert!(text.contains(code) && text.contains(message) && !text.contains("complete"), "{text}");
        world.news.closed().await;
        // As it says.
        let again = Stream::open(&world.gateway, accept, ARRIVALS).await;
        world.news.opened().await;
        drop(again);
    }
}

#[tokio::test]
async fn a_websocket_answers_what_it_has_begun_and_ends() {
    let world = World::start(Time::milliseconds(1)).await;
    let mut socket = Socket::connect(world.gateway.address, &json!({})).await;
    socket.subscribe("1", ARRIVALS).await;
    world.news.opened().await;
    let mut quiet = Socket::connect(world.gateway.address, &json!({})).await;
    world.replace().await;
    let farewell = (1012, "the gateway has a new configuration or schema; connect again".to_owned());
    assert_eq!(socket.closing().await, farewell);
    assert_eq!(quiet.closing().await, farewell, "no subscription is open on it");
    world.news.closed().await;
    let mut again = Socket::connect(world.gateway.address, &json!({})).await;
    again.subscribe("1", ARRIVALS).await;
    world.news.opened().await;
}
