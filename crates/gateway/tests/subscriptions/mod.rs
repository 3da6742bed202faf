//! Subscriptions: events of a subgraph, completed by others, on their way to clients.

mod counted;
mod multipart;
mod replaced;
mod server_sent;
mod stored;
mod upstream;
mod websocket;

use gateway::config::{Config, SubscriptionProtocol, SubscriptionsConfig};
use http::{Method, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;

use crate::harness::{News, Shop, TestGateway, news_by};

/// What arrives, with the product's name from another subgraph.
const ARRIVALS: &str = "subscription New { arrivals { note product { name } } }";

async fn start(news: &News, config: Config) -> TestGateway {
    let shop = Shop::open().await;
    let [products, reviews] = shop.subgraphs();
    TestGateway::start(config, &[products, reviews, news.subgraph()]).await
}

fn by(protocol: SubscriptionProtocol) -> Config {
    Config { upstream: news_by(protocol), ..Config::default() }
}

fn with(subscriptions: SubscriptionsConfig) -> Config {
    Config { subscriptions, ..by(SubscriptionProtocol::WebSocket) }
}

/// A stream of events, read piece by piece.
struct Stream {
    body: Incoming,
    text: String,
}

impl Stream {
    /// Posts a query of a client that takes events in one way.
    async fn open(gateway: &TestGateway, accept: &str, query: &str) -> Response<Incoming> {
        Self::open_with(gateway, &[("accept", accept)], query).await
    }

    async fn open_with(gateway: &TestGateway, more: &[(&str, &str)], query: &str) -> Response<Incoming> {
        let mut headers = vec![("content-type", "application/json"), ("accept-encoding", "gzip, br, zstd")];
        headers.extend_from_slice(more);
        gateway.client.open(Method::POST, "/graphql", &headers, &json!({ "query": query }).to_string()).await
    }

    /// A stream that was answered with 200 and a content type.
    #[track_caller]
    fn of(response: Response<Incoming>, content_type: &str) -> Self {
        let headers = response.headers();
        assert_eq!(
            (response.status().as_u16(), &headers["content-type"]),
            (200, &content_type.parse().unwrap())
        );
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.get("content-encoding").is_none(), "{headers:?}");
        Self { body: response.into_body(), text: String::new() }
    }

    /// What comes up to and including an end.
    async fn until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.text.find(end) {
                let rest = self.text.split_off(at + end.len());
                return std::mem::replace(&mut self.text, rest);
            }
            let frame =
                self.body.frame().await.unwrap_or_else(|| panic!("over after {:?}", self.text)).unwrap();
            self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// What comes until there is nothing more.
    async fn rest(mut self) -> String {
        while let Some(frame) = self.body.frame().await {
            self.text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        }
        self.text
    }
}
