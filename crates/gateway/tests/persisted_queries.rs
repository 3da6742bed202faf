//! Automatic persisted queries: a document is sent once, then named by its hash.

use gateway::Gateway;
use gateway::config::{ByteSize, Config, OperationsConfig, PersistedQueriesConfig, RedisConfig, Time};
use serde_json::{Value, json};

use crate::harness::{Redis, Shop, Socket, TestGateway, engine};

const QUERY: &str = "query Name($id: ID!) { product(id: $id) { name } }";
/// The SHA-256 of [`QUERY`], as `sha256sum` prints it.
const HASH: &str = "c3274ffbb25d8fae092a6e6d48601a547cbad364f170591810d11e4ff6ea4aca";

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

fn with(persisted_queries: PersistedQueriesConfig) -> Config {
    let operations = OperationsConfig { persisted_queries, ..OperationsConfig::default() };
    Config { operations, ..Config::default() }
}

fn request(query: Option<&str>, hash: &str) -> String {
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let mut request = json!({ "variables": { "id": "2" }, "extensions": extensions });
    if let Some(query) = query {
        request["query"] = query.into();
    }
    request.to_string()
}

fn chair() -> Value {
    json!({ "product": { "name": "Chair" } })
}

#[tokio::test]
async fn a_document_sent_once_is_run_by_its_hash() {
    let gateway = start(Config::default()).await;
    let client = &gateway.client;
    client.post("/graphql", &[], &request(None, HASH)).await.refused(
        400,
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    );
    let json = [("accept", "application/json")];
    client.post("/graphql", &json, &request(None, HASH)).await.refused(
        200,
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    );
    assert_eq!(client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
    assert_eq!(client.post("/graphql", &[], &request(None, HASH)).await.data(), chair());
    assert_eq!(client.post("/graphql", &[], &request(None, &HASH.to_uppercase())).await.data(), chair());
    // By `GET`, which caches on the way can keep.
    let path = format!(
        "/graphql?variables=%7B%22id%22:2%7D&extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{HASH}%22%7D%7D"
    );
    assert_eq!(client.get(&path, &json).await.data(), chair());
    // And over a WebSocket.
    let mut socket = Socket::connect(gateway.address, &json!({})).await;
    let payload: Value = serde_json::from_str(&request(None, HASH)).unwrap();
    socket.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    assert_eq!(socket.hear().await["payload"]["data"], chair());
}

#[tokio::test]
async fn a_wrong_hash_is_refused_and_keeps_nothing() {
    let gateway = start(Config::default()).await;
    let other = "0".repeat(64);
    let message = "`sha256Hash` is not the SHA-256 of `query`; hash the text exactly as it is sent";
    let reply = gateway.client.post("/graphql", &[], &request(Some(QUERY), &other)).await;
    reply.refused(400, "PERSISTED_QUERY_HASH_MISMATCH", message);
    let reply = gateway.client.post("/graphql", &[], &request(None, &other)).await;
    assert_eq!(reply.error().1, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn a_document_that_cannot_be_run_is_not_kept() {
    let gateway = start(Config::default()).await;
    // `printf '{ nothing }' | sha256sum`
    let hash = "919c0b7aa452b0b2fb42688461501bb8b0c3ef3b9d05ce7b9afd4f28bbe96ceb";
    let reply = gateway.client.post("/graphql", &[], &request(Some("{ nothing }"), hash)).await;
    assert_eq!(reply.error().1, "GRAPHQL_VALIDATION_FAILED");
    let reply = gateway.client.post("/graphql", &[], &request(None, hash)).await;
    assert_eq!(reply.error().1, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn malformed_hashes_are_refused_with_what_is_expected() {
    let gateway = start(Config::default()).await;
    let message = "`extensions.persistedQuery` must be `{ \"version\": 1, \"sha256Hash\": \"…\" }` with 64 \
                   hexadecimal digits";
    for persisted in [
        json!(7),
        json!({}),
        json!({ "version": 2, "sha256Hash": HASH }),
        json!({ "version": 1, "sha256Hash": "abc" }),
        json!({ "version": 1, "sha256Hash": "g".repeat(64) }),
    ] {
        let body = json!({ "query": QUERY, "extensions": { "persistedQuery": persisted } }).to_string();
        gateway.client.post("/graphql", &[], &body).await.refused(400, "BAD_REQUEST", message);
    }
}

#[tokio::test]
async fn they_can_be_switched_off() {
    let off = PersistedQueriesConfig { enabled: false, ..PersistedQueriesConfig::default() };
    let gateway = start(with(off)).await;
    let reply = gateway.client.post("/graphql", &[], &request(None, HASH)).await;
    reply.refused(400, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
    assert_eq!(gateway.client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
}

#[tokio::test]
async fn what_there_is_no_room_for_is_sent_again() {
    let small = PersistedQueriesConfig { max_memory: ByteSize(1), ..PersistedQueriesConfig::default() };
    let gateway = start(with(small)).await;
    assert_eq!(gateway.client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
    assert_eq!(gateway.client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
}

/// A gateway that shares documents by Redis.
async fn sharing(config: Config, redis: &Redis) -> TestGateway {
    let (engine, _) = engine(&config, &Shop::open().await.subgraphs());
    let patient = RedisConfig { timeout: Time::seconds(20), ..RedisConfig::new(redis.url()) };
    TestGateway::serve(Gateway::new(engine, &config).unwrap().with_redis(&patient).await.unwrap()).await
}

/// Runs the document by its hash until the gateway has heard of it.
async fn found(gateway: &TestGateway) -> Value {
    loop {
        let reply = gateway.client.post("/graphql", &[], &request(None, HASH)).await;
        if reply.status == 200 {
            break reply.data();
        }
        assert_eq!(reply.error().1, "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_document_sent_to_one_gateway_is_found_by_another() {
    let redis = Redis::start().await;
    let (one, other) = (sharing(Config::default(), &redis).await, sharing(Config::default(), &redis).await);
    assert_eq!(one.client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
    assert_eq!(found(&other).await, chair());
    let milliseconds: i64 = redis.ask(&["PTTL", &format!("gateway:query:{HASH}")]).await;
    assert!(milliseconds > 0 && milliseconds <= 24 * 60 * 60 * 1000, "{milliseconds}");
    // And over a WebSocket, by a third one.
    let third = sharing(Config::default(), &redis).await;
    let mut socket = Socket::connect(third.address, &json!({})).await;
    let payload: Value = serde_json::from_str(&request(None, HASH)).unwrap();
    socket.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    assert_eq!(socket.hear().await["payload"]["data"], chair());
}

#[tokio::test]
async fn what_redis_has_is_not_trusted_and_not_needed() {
    let mut redis = Redis::start().await;
    let gateway = sharing(Config::default(), &redis).await;
    let not_found = async || {
        let reply = gateway.client.post("/graphql", &[], &request(None, HASH)).await;
        assert_eq!(reply.error().1, "PERSISTED_QUERY_NOT_FOUND");
    };
    let key = format!("gateway:query:{HASH}");
    for text in ["", "{ products { name } }", &"x".repeat(1_000_000)] {
        let _: String = redis.ask(&["SET", &key, text]).await;
        not_found().await;
    }
    redis.kill();
    not_found().await;
    assert_eq!(gateway.client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
    assert_eq!(gateway.client.post("/graphql", &[], &request(None, HASH)).await.data(), chair());
}

#[tokio::test]
async fn long_documents_are_not_shared() {
    let redis = Redis::start().await;
    let short = PersistedQueriesConfig {
        max_shared_size: ByteSize(QUERY.len() as u64 - 1),
        ..PersistedQueriesConfig::default()
    };
    let (one, other) = (sharing(with(short), &redis).await, sharing(Config::default(), &redis).await);
    assert_eq!(one.client.post("/graphql", &[], &request(Some(QUERY), HASH)).await.data(), chair());
    // Something shorter after it is there before long.
    let hash = "7f54f640428e71e2ea86e3d5067efb66a5096cac22dda1c4e355eb8b307b47f3";
    let body = request(Some("{ products { name } }"), hash);
    one.client.post("/graphql", &[], &body).await.data();
    while other.client.post("/graphql", &[], &request(None, hash)).await.status != 200 {}
    let reply = other.client.post("/graphql", &[], &request(None, HASH)).await;
    assert_eq!(reply.error().1, "PERSISTED_QUERY_NOT_FOUND");
}
