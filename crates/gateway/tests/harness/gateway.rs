//! A gateway on a port of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use federation::Engine;
use federation::compose::SubgraphSdl;
use federation::graph::Graph;
use gateway::config::Config;
use gateway::upstream::{Client as Upstream, HttpTransport, Routes};
use gateway::{Drained, Gateway, Live};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Client;

/// A running gateway.
pub(crate) struct TestGateway {
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Drained>,
}

impl TestGateway {
    /// A gateway over subgraphs: name, schema, URL.
    pub(crate) async fn start(config: Config, subgraphs: &[(&str, &str, &str)]) -> Self {
        let (engine, transport) = engine(&config, subgraphs);
        let gateway = Gateway::new(engine, &config).unwrap_or_else(|error| panic!("{error}"));
        Self::serve(gateway.with_probe(transport)).await
    }

    /// As [`Self::serve`], of a gateway that looks for changes of its registry.
    pub(crate) async fn serve_following(gateway: Gateway, interval: std::time::Duration) -> Self {
        let live = Live::from(gateway);
        live.follow_registry(interval);
        Self::serve(live).await
    }

    pub(crate) async fn serve(live: impl Into<Live>) -> Self {
        let live = live.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let running = tokio::spawn(gateway::serve(listener, live, shutdown));
        Self { address, client: Client::new(address), stop, running }
    }

    /// Tells the gateway to stop; the outcome comes when it has.
    pub(crate) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).unwrap();
        self.running
    }
}

/// An engine over subgraphs: name, schema, URL; and how it reaches them.
pub(crate) fn engine(config: &Config, subgraphs: &[(&str, &str, &str)]) -> (Arc<Engine>, Arc<HttpTransport>) {
    let graph = graph_of(&compose(subgraphs));
    let routes: Routes = graph
        .subgraphs()
        .iter()
        .map(|subgraph| (subgraph.name.to_string(), subgraph.url.to_string()))
        .collect();
    let upstream = Upstream::new(&config.upstream).unwrap();
    let transport = Arc::new(HttpTransport::new(upstream, &config.upstream, &routes).unwrap());
    let engine = Engine::from_graph(graph, transport.clone(), config.engine());
    (Arc::new(engine), transport)
}

/// A supergraph schema of subgraphs: name, schema, URL.
pub(crate) fn compose(subgraphs: &[(&str, &str, &str)]) -> String {
    let subgraphs: Vec<_> = subgraphs
        .iter()
        .map(|(name, sdl, url)| SubgraphSdl {
            name: (*name).to_owned(),
            url: (*url).to_owned(),
            sdl: (*sdl).to_owned(),
        })
        .collect();
    federation::compose::compose(&subgraphs).unwrap_or_else(|findings| panic!("{findings:#?}")).supergraph_sdl
}

pub(crate) fn graph_of(sdl: &str) -> Graph {
    Graph::from_sdl(sdl).unwrap_or_else(|errors| panic!("{errors:#?}\n{sdl}"))
}

/// Serves a router on a port of its own, as long as the runtime of the test lives.
pub(crate) async fn serve_router(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
