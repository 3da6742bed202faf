//! Subscriptions that are stored operations: however they are named, where anything may be asked and where nothing else.

use gateway::config::{Config, OperationsConfig, OperationsMode, RegistryConfig, SubscriptionProtocol};
use gateway::registry::Registry;
use gateway::{Gateway, Live};
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Stream, by};
use crate::harness::{News, Shop, Socket, TestGateway, caller_config, engine, token_with_scope};

const SSE: &str = "text/event-stream";
const PATH: &str = "/graphql/operations/arrivals";
const ARRIVALS: &str =
    "# What arrives.\nsubscription Arrivals($limit: Int = 1) { arrivals(limit: $limit) { note } }";

/// `printf "$ARRIVALS" | sha256sum`
const HASH: &str = "b9fc5587174890bccfc64b20329ab59940f206678c46e83259d82e95ac753163";

/// A gateway with the subscription in its folder, and an empty registry.
struct World {
    gateway: TestGateway,
    news: News,
    token: String,
    _folder: TempDir,
}

impl World {
    async fn start(mode: OperationsMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("arrivals.graphql"), ARRIVALS).unwrap();
        let database = format!("sqlite://{}?mode=rwc", folder.path().join("operations.db").display());
        let operations = OperationsConfig {
            folder: Some(folder.path().to_path_buf()),
            mode,
            registry: Some(RegistryConfig::new(database.as_str())),
            ..OperationsConfig::default()
        };
        let config = Config { operations, callers: caller_config(), ..by(SubscriptionProtocol::WebSocket) };
        let (news, shop) = (News::open().await, Shop::open().await);
        let [products, reviews] = shop.subgraphs();
        let (engine, _) = engine(&config, &[products, reviews, news.subgraph()]);
        let registry = Registry::open(&database).await.unwrap();
        let gateway = Gateway::new(engine, &config).unwrap().with_registry(registry).await.unwrap();
        let gateway = TestGateway::serve(Live::from(gateway)).await;
        let token = token_with_scope("ann", "operations:admin");
        Self { gateway, news, token, _folder: folder }
    }

    async fn open(&self, method: Method, path: &str, body: &str) -> Stream {
        let mut headers = vec![("authorization", self.token.as_str()), ("accept", SSE)];
        headers.extend((method == Method::POST).then_some(("content-type", "application/json")));
        Stream::of(self.gateway.client.open(method, path, &headers, body).await, SSE)
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> crate::harness::Reply {
        let headers = [
            ("authorization", self.token.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        self.gateway.client.send(method, path, &headers, body).await
    }

    /// How often an operation was used, and how often with an error.
    async fn uses(&self, id: &str) -> (Value, Value) {
        let listed = self.send(Method::GET, "/graphql/registry", "").await.json();
        let operations = listed["operations"].as_array().unwrap();
        let found = operations.iter().find(|operation| operation["id"] == id).unwrap();
        (found["statistics"]["count"].clone(), found["statistics"]["errors"].clone())
    }
}

/// Ways to name a stored document in a request: a client that must send a `query` sends an empty one.
fn named() -> [Value; 4] {
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": HASH } });
    [
        json!({ "documentId": "arrivals" }),
        json!({ "documentId": format!("sha256:{HASH}"), "query": "" }),
        json!({ "extensions": persisted }),
        json!({ "extensions": persisted, "query": "" }),
    ]
}

#[tokio::test]
async fn they_are_followed_however_they_are_named() {
    for mode in [OperationsMode::Any, OperationsMode::Only] {
        let world = World::start(mode).await;
        let mut requests = vec![
            (Method::GET, PATH.to_owned(), String::new()),
            (Method::GET, format!("{PATH}?limit=1"), String::new()),
            (Method::POST, PATH.to_owned(), json!({ "variables": { "limit": 1 } }).to_string()),
            (Method::GET, "/graphql?documentId=arrivals".to_owned(), String::new()),
            (Method::POST, "/graphql".to_owned(), json!({ "query": ARRIVALS }).to_string()),
        ];
        requests.extend(named().map(|body| (Method::POST, "/graphql".to_owned(), body.to_string())));
        for (method, path, body) in requests {
            let stream = world.open(method, &path, &body).await;
            world.news.opened().await;
            world.news.arrive("1", "fresh");
            let expected = "event: next\ndata: {\"data\":{\"arrivals\":{\"note\":\"fresh\"}}}\n\nevent: complete\ndata:\n\n";
            assert_eq!(stream.rest().await, expected, "{mode:?}: {path} {body}");
        }
        let mut socket =
            Socket::connect(world.gateway.address, &json!({ "authorization": world.token })).await;
        for (number, payload) in named().into_iter().enumerate() {
            let id = number.to_string();
            socket.say(&json!({ "id": id, "type": "subscribe", "payload": payload })).await;
            world.news.opened().await;
            world.news.arrive("2", "fresh");
            assert_eq!(socket.hear().await["payload"]["data"]["arrivals"]["note"], "fresh", "{payload}");
            assert_eq!(socket.hear().await, json!({ "type": "complete", "id": id }), "{payload}");
        }
        // What was sent as text is not looked for where anything may be sent.
        let count = if mode == OperationsMode::Any { 12 } else { 13 };
        assert_eq!(world.uses("arrivals").await, (json!(count), json!(0)), "{mode:?}");
    }
}

#[tokio::test]
async fn they_are_registered_like_other_operations() {
    let world = World::start(OperationsMode::Only).await;
    let text = "subscription Products { arrivals(limit: 1) { product { name } } }";
    let body = json!({ "text": text, "owner": "web-team", "deprecatedOn": "2026-01-01" }).to_string();
    assert_eq!(world.send(Method::PUT, "/graphql/registry/products", &body).await.status, 201);
    let headers = [("authorization", world.token.as_str()), ("accept", SSE)];
    let opened = world.gateway.client.open(Method::GET, "/graphql/operations/products", &headers, "").await;
    assert_eq!(opened.headers()["deprecation"], "@1767225600");
    let stream = Stream::of(opened, SSE);
    world.news.opened().await;
    world.news.arrive("2", "fresh");
    assert!(stream.rest().await.contains("\"Chair\""));
    assert_eq!(world.uses("products").await, (json!(1), json!(0)));
    let listed = world.send(Method::GET, "/graphql/operations", "").await.json();
    let kinds: Vec<_> = listed["operations"].as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds, ["subscription", "subscription"]);
}

#[tokio::test]
async fn they_are_no_tables_and_no_single_answers() {
    let world = World::start(OperationsMode::Only).await;
    let table = world.send(Method::GET, &format!("{PATH}.csv"), "").await;
    table.refused(422, "NO_TABLE", "the operation is no table: only queries are tables");
    let message = "a subscription is answered as a stream of events; send `accept: text/event-stream` or `accept: \
                   multipart/mixed;subscriptionSpec=1.0`, or open a WebSocket";
    let whole = world.send(Method::POST, PATH, "").await;
    whole.refused(406, "NOT_ACCEPTABLE", message);
    assert_eq!(whole.header("cache-control"), Some("no-store"));
    let unknown = "there is no stored operation of this id; did you mean `arrivals`?";
    let near = json!({ "documentId": "arrival" }).to_string();
    world.send(Method::POST, "/graphql", &near).await.refused(404, "UNKNOWN_OPERATION", unknown);
    assert_eq!(world.uses("arrivals").await, (json!(1), json!(1)));
}

#[tokio::test]
async fn their_page_says_how_to_follow_them() {
    let world = World::start(OperationsMode::Any).await;
    let page = world.send(Method::GET, &format!("{PATH}.html"), "").await.text;
    let line = format!(
        "curl -sN -H 'accept: text/event-stream' -H 'authorization: Bearer TOKEN' 'http://{}{PATH}'",
        world.gateway.address
    );
    assert!(page.contains(&line) && !page.contains(".csv"), "{page}");
}
