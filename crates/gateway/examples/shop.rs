//! A gateway over three small subgraphs of a shop in one process, to try clients with: queries, mutations and a
//! subscription, `arrivals`, with a few events a second.
//!
//! `cargo run -p gateway --example shop -- 127.0.0.1:4000`

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "an example fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use federation::Engine;
use gateway::Gateway;
use gateway::config::{Config, HttpConfig, SubscriptionProtocol};
use gateway::upstream::{Client, HttpTransport};
use harness::{News, Shop, compose, graph_of, news_by};
use tokio::net::TcpListener;

#[path = "../tests/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests' harness has more than this needs")]
mod harness;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4000".to_owned());
    let (shop, news) = (Shop::open().await, News::open().await);
    let [products, reviews] = shop.subgraphs();
    let graph = graph_of(&compose(&[products, reviews, news.subgraph()]));
    let config = Config {
        dev: true,
        http: HttpConfig { max_batch_size: 10, ..HttpConfig::default() },
        upstream: news_by(SubscriptionProtocol::WebSocket),
        ..Config::default()
    };
    let routes =
        graph.subgraphs().iter().map(|subgraph| (subgraph.name.to_string(), subgraph.url.to_string()));
    let client = Client::new(&config.upstream).unwrap();
    let transport = Arc::new(HttpTransport::new(client, &config.upstream, &routes.collect()).unwrap());
    let engine = Engine::from_graph(graph, transport.clone(), config.engine());
    let gateway = Gateway::new(Arc::new(engine), &config).unwrap().with_probe(transport);
    let listener = TcpListener::bind(&address).await.unwrap();
    tokio::spawn(gateway::serve(listener, Arc::new(gateway), std::future::pending()));
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    for id in ["1", "2"].into_iter().cycle() {
        ticks.tick().await;
        if news.listeners() > 0 {
            news.arrive(id, "fresh");
        }
    }
}
