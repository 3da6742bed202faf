//! What one dashboard costs: requests to services and SQL statements, the same however many locations there are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use federation::Engine;
use franchise::demo::Scale;
use franchise::token::ISSUER;
use gateway::Gateway;
use gateway::config::{Algorithm, CallerConfig, Config, InternalTokenConfig, KeyConfig, SubgraphsFile, Time};
use gateway::supergraph::Supergraph;
use gateway::upstream::{Client as Upstream, HttpTransport};
use serde_json::json;
use subgraph::caller::token::Secret;
use subgraph::directory::follow::Follower;
use subgraph::service::{Service, Subgraph};
use subgraph::testing::{Backend, TestDatabase};
use tokio::net::TcpListener;

use crate::harness::{
    Bearer, Client, Filled, INTERNAL_SECRET, MANY, Reply, SMALL, USER_SECRET, demo, root, rows,
};

/// Requests, and the most statements, of a network dashboard by service when nothing changed since the last one.
const WARM: [(&str, usize, usize); 4] =
    [("analytics", 1, 1), ("compliance", 1, 1), ("integrations", 1, 1), ("networks", 2, 2)];

/// The same for the first dashboard of all: figures are computed, and each request to a service may be the one that
/// looks up the caller's grants.
const COLD: [(&str, usize, usize); 4] =
    [("analytics", 1, 8), ("compliance", 1, 6), ("integrations", 1, 7), ("networks", 2, 10)];

/// A service in this process, on a socket of its own, whose requests are counted.
struct Counted {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Counted {
    async fn serve<S: Subgraph>(database: &TestDatabase, networks: &TestDatabase) -> Self {
        let secret = Secret::new(INTERNAL_SECRET).unwrap();
        let service = Arc::new(Service::new::<S>(database.connection.clone(), secret));
        if !S::PUBLISHES_DIRECTORY {
            let source = Arc::new(networks.connection.clone());
            let follower = Follower::new(database.connection.clone(), source, service.grants.clone());
            follower.catch_up().await.unwrap();
        }
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        let counting = move |request: Request, next: Next| {
            count.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        };
        let router = subgraph::serve::router(service).layer(from_fn(counting));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/graphql", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, requests }
    }
}

/// A gateway in this process in front of services.
async fn gateway(services: &BTreeMap<&str, Counted>) -> Client {
    let url =
        |(name, service): (&&str, &Counted)| (format!("{}_URL", name.to_uppercase()), service.url.clone());
    let environment: BTreeMap<String, String> = services.iter().map(url).collect();
    let file = root().join("supergraph.yaml");
    let listed = SubgraphsFile::load(&file, &environment).unwrap_or_else(|problems| panic!("{problems}"));
    let config = config();
    let upstream = Upstream::new(&config.upstream).unwrap();
    let supergraph = Supergraph::compose(&listed, &file, &upstream).await.unwrap();
    let transport = HttpTransport::new(upstream, &config.upstream, &supergraph.routes).unwrap();
    let engine = Engine::from_graph(supergraph.graph, Arc::new(transport), config.engine());
    let gateway = Gateway::new(Arc::new(engine), &config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(listener.local_addr().unwrap());
    tokio::spawn(gateway::serve(listener, Arc::new(gateway), std::future::pending()));
    client
}

fn config() -> Config {
    let mut config = Config::default();
    config.planning.batch_entities = true;
    config.operations.folder = Some(root().join("schema/operations"));
    config.callers = CallerConfig {
        keys: vec![KeyConfig {
            algorithm: Some(Algorithm::HS256),
            id: None,
            secret: Some(gateway::config::Secret::new(USER_SECRET)),
            secret_file: None,
            public_key_file: None,
            jwks_file: None,
        }],
        issuer: Some(ISSUER.to_owned()),
        audience: Some(ISSUER.to_owned()),
        internal_token: Some(InternalTokenConfig {
            secret: gateway::config::Secret::new(INTERNAL_SECRET),
            claims: vec!["narrow".to_owned()],
            lifetime: Time::seconds(60),
        }),
        ..CallerConfig::default()
    };
    config
}

async fn dashboard(client: &Client, slug: &str) -> Reply {
    let reply = client.operation("network-dashboard", &json!({ "slug": slug })).await;
    reply.data();
    reply
}

/// The first dashboard's requests and statements, and a later one's.
async fn cost(backend: Backend, scale: Scale) -> [Vec<(&'static str, usize, usize)>; 2] {
    let databases = Filled::new(backend, demo(scale)).await;
    let networks = &databases.networks;
    let services = BTreeMap::from([
        ("networks", Counted::serve::<networks::Networks>(networks, networks).await),
        ("analytics", Counted::serve::<analytics::Analytics>(&databases.analytics, networks).await),
        ("compliance", Counted::serve::<compliance::Compliance>(&databases.compliance, networks).await),
        (
            "integrations",
            Counted::serve::<integrations::Integrations>(&databases.integrations, networks).await,
        ),
    ]);
    let sql = match backend {
        Backend::Sqlite => {
            "select lower(hex(person_id)), n.code from memberships m join networks n on n.id = m.unit_id where role = 'OWNER' order by n.code"
        }
        Backend::Postgres => {
            "select person_id::text, n.code from memberships m join networks n on n.id = m.unit_id where role = 'OWNER' order by n.code"
        }
    };
    let [owner, slug] = rows::<2>(&networks.connection, sql).await.remove(0);
    let client = gateway(&services).await.bearing(Bearer::of(&owner).text());
    // Grants are known from one request to the next, but only for seconds: the least of several counts.
    let first = counted(&client, &slug, &databases, &services).await;
    let mut least = counted(&client, &slug, &databases, &services).await;
    for _ in 0..2 {
        least = least.min(counted(&client, &slug, &databases, &services).await);
    }
    [first, least]
}

/// Requests and statements of one dashboard, by service.
async fn counted(
    client: &Client,
    slug: &str,
    databases: &Filled,
    services: &BTreeMap<&str, Counted>,
) -> Vec<(&'static str, usize, usize)> {
    let by_service = databases.by_service();
    for (name, database) in by_service {
        services[name].requests.store(0, Ordering::SeqCst);
        database.statements.take();
    }
    dashboard(client, slug).await;
    let count = |(name, database): (&'static str, &TestDatabase)| {
        (name, services[name].requests.load(Ordering::SeqCst), database.statements.take())
    };
    let mut counts: Vec<_> = by_service.into_iter().map(count).collect();
    counts.sort_unstable();
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_takes_the_same_few_requests_and_statements_for_any_number_of_locations() {
    for backend in Backend::ALL {
        for scale in [SMALL, MANY] {
            for (counts, limits) in cost(backend, scale).await.into_iter().zip([COLD, WARM]) {
                for ((service, requests, statements), limit) in counts.into_iter().zip(limits) {
                    assert_eq!((service, requests), (limit.0, limit.1), "{backend:?}, {scale:?}");
                    assert!(
                        statements <= limit.2,
                        "{service}: {statements} statements, {backend:?}, {scale:?}"
                    );
                }
            }
        }
    }
}
