//! Uses of stored operations are counted alike, whatever way they come: over HTTP and over a WebSocket.

use gateway::config::{
    BudgetConfig, Config, LimitsConfig, OperationsConfig, RegistryConfig, SubscriptionProtocol,
    SubscriptionsConfig,
};
use gateway::registry::Registry;
use gateway::{Gateway, Live};
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::by;
use crate::harness::{
    News, PROTOCOL, REVIEWS, Shop, Socket, TestGateway, caller_config, engine, token_with_scope,
};

const SSE: &str = "text/event-stream";

/// A gateway with an empty registry and one operation in its folder; nobody listens at the address of reviews.
struct World {
    gateway: TestGateway,
    token: String,
    _news: News,
    _folder: TempDir,
}

impl World {
    async fn start(text: &str, config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one.graphql"), text).unwrap();
        let database = format!("sqlite://{}?mode=rwc", folder.path().join("operations.db").display());
        let operations = OperationsConfig {
            folder: Some(folder.path().to_path_buf()),
            registry: Some(RegistryConfig::new(database.as_str())),
            ..OperationsConfig::default()
        };
        let config = Config { operations, callers: caller_config(), ..config };
        let (news, shop) = (News::open().await, Shop::open().await);
        let [products, _] = shop.subgraphs();
        let reviews = ("reviews", REVIEWS, "http://127.0.0.1:1/graphql");
        let (engine, _) = engine(&config, &[products, reviews, news.subgraph()]);
        let registry = Registry::open(&database).await.unwrap();
        let gateway = Gateway::new(engine, &config).unwrap().with_registry(registry).await.unwrap();
        let gateway = TestGateway::serve(Live::from(gateway)).await;
        let token = token_with_scope("ann", "operations:admin");
        Self { gateway, token, _news: news, _folder: folder }
    }

    /// Asks over HTTP, and waits for the end of the answer.
    async fn ask(&self, request: &Value, accept: &str) {
        let headers = [
            ("authorization", self.token.as_str()),
            ("content-type", "application/json"),
            ("accept", accept),
        ];
        self.gateway.client.send(Method::POST, "/graphql", &headers, &request.to_string()).await;
    }

    /// Asks over a WebSocket, and waits for the end.
    async fn say(&self, request: &Value) {
        let headers = [("sec-websocket-protocol", PROTOCOL)];
        let mut socket = Socket::open(self.gateway.address, &headers).await.unwrap();
        let greeting = json!({ "authorization": self.token, "deferSpec": "20220824" });
        socket.say(&json!({ "type": "connection_init", "payload": greeting })).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket.say(&json!({ "id": "1", "type": "subscribe", "payload": request })).await;
        while socket.hear().await["type"] == "next" {}
    }

    /// How often the operation was used, and how often with an error.
    async fn uses(&self) -> (u64, u64) {
        let headers = [("authorization", self.token.as_str())];
        let listed = self.gateway.client.get("/graphql/registry", &headers).await.json();
        let statistics = &listed["operations"][0]["statistics"];
        (statistics["count"].as_u64().unwrap(), statistics["errors"].as_u64().unwrap())
    }
}

#[tokio::test]
async fn refusals_and_errors_count_over_a_websocket_as_over_http() {
    let news = || by(SubscriptionProtocol::Sse);
    let poor = || {
        let budget = Some(BudgetConfig { per_minute: 1, capacity: Some(1) });
        Config { limits: LimitsConfig { budget, ..LimitsConfig::default() }, ..news() }
    };
    let full = SubscriptionsConfig { max_open: 0, ..SubscriptionsConfig::default() };
    let id = json!({ "id": "1" });
    let cases = [
        ("an answer", "{ products { name } }", json!({}), news(), 0),
        ("no budget", "{ products { name } }", json!({}), poor(), 1),
        ("a missing variable", "query Q($id: ID!) { product(id: $id) { name } }", json!({}), news(), 1),
        ("a variable", "query Q($id: ID!) { product(id: $id) { name } }", id.clone(), news(), 0),
        ("an error", "{ latest { body } }", json!({}), news(), 1),
        (
            "an error in the last of several payloads",
            "query Q($id: ID!) { product(id: $id) { name ... @defer { reviews { body } } } }",
            id,
            news(),
            1,
        ),
        ("a subscription", "subscription { heard(header: \"a\") }", json!({}), news(), 0),
        (
            "no budget for a subscription",
            "subscription { arrivals { product { name } } }",
            json!({}),
            poor(),
            1,
        ),
        (
            "no room for a subscription",
            "subscription { heard(header: \"a\") }",
            json!({}),
            Config { subscriptions: full, ..news() },
            1,
        ),
    ];
    for (name, text, variables, config, failed) in cases {
        let world = World::start(text, config).await;
        let request = json!({ "documentId": "one", "variables": variables });
        let multipart = "multipart/mixed;deferSpec=20220824, application/json";
        world.ask(&request, if text.starts_with("subscription") { SSE } else { multipart }).await;
        assert_eq!(world.uses().await, (1, failed), "{name}, over HTTP");
        world.say(&request).await;
        assert_eq!(world.uses().await, (2, 2 * failed), "{name}, over HTTP and a WebSocket");
    }
}
