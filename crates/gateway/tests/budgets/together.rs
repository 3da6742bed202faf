//! Budgets that gateways keep together, in a real Redis.

use gateway::config::{
    BudgetConfig, Config, HttpConfig, LimitsConfig, RedisConfig, Secret, ShadowConfig, Shown, Time,
};
use gateway::{Gateway, StoreError};
use serde_json::json;

use super::{PRODUCTS, RENAME, is_refused, limited, parameter, set, with};
use crate::harness::{Redis, Reply, Shop, TestGateway, engine, token};

/// An answer of Redis may take long on a busy machine.
fn patient(url: &str) -> RedisConfig {
    RedisConfig { timeout: Time::seconds(20), connect_timeout: Time::seconds(20), ..RedisConfig::new(url) }
}

async fn start_with(config: Config, redis: &RedisConfig) -> Result<TestGateway, StoreError> {
    let (engine, transport) = engine(&config, &Shop::open().await.subgraphs());
    let gateway = Gateway::new(engine, &config).unwrap().with_probe(transport);
    Ok(TestGateway::serve(gateway.with_redis(redis).await?).await)
}

async fn start(config: Config, redis: &Redis) -> TestGateway {
    start_with(config, &patient(&redis.url())).await.unwrap()
}

/// A gateway that tells what it reaches.
fn telling(capacity: u64) -> Config {
    let http = HttpConfig { health_details: Shown::Always, ..HttpConfig::default() };
    Config { http, ..limited(capacity) }
}

/// Whether Redis is reached, and what the gateway says of itself.
async fn health(gateway: &TestGateway) -> (bool, String) {
    let reply = gateway.client.get("/ready", &[]).await;
    assert_eq!(reply.status, 200, "{reply:#?}");
    let json = reply.json();
    (json["redis"]["reachable"] == true, json["status"].as_str().unwrap().to_owned())
}

async fn reached(gateway: &TestGateway) {
    while health(gateway).await != (true, "ready".to_owned()) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn gateways_take_from_one_budget() {
    let redis = Redis::start().await;
    let (one, other) = (start(limited(25), &redis).await, start(limited(25), &redis).await);
    let token = token("ann", 60);
    let known = [("authorization", token.as_str())];
    let left = |reply: &Reply| parameter(reply, "ratelimit", "r");
    assert_eq!(left(&one.client.query_with(RENAME, &known).await), 14);
    assert_eq!(left(&other.client.query_with(RENAME, &known).await), 3);
    for gateway in [&one, &other] {
        let reply = gateway.client.query_with(RENAME, &known).await;
        assert!(is_refused(&reply) && reply.header("retry-after").is_some(), "{reply:#?}");
    }
    // Without a token it is another client.
    assert_eq!(left(&other.client.query(RENAME).await), 14);
    // What is kept names nobody, and goes by itself.
    let keys: Vec<_> =
        redis.keys().await.into_iter().filter(|key| key.starts_with("gateway:budget:")).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    for key in keys {
        assert!(!key.contains("ann") && !key.contains("127"), "{key}");
        let milliseconds: i64 = redis.ask(&["PTTL", &key]).await;
        assert!(milliseconds > 0 && milliseconds <= 22 * 60 * 1000, "{key}: {milliseconds}");
    }
}

#[tokio::test]
async fn what_an_answer_does_not_cost_is_given_back_for_all() {
    let redis = Redis::start().await;
    let (one, other) = (start(limited(25), &redis).await, start(limited(25), &redis).await);
    let mut answered = 0;
    while answered < 5 {
        let reply = one.client.query(PRODUCTS).await;
        answered += usize::from(!is_refused(&reply));
    }
    while parameter(&other.client.query(RENAME).await, "ratelimit", "r") != 4 {}
}

#[tokio::test]
async fn what_is_spent_comes_back_for_all() {
    let redis = Redis::start().await;
    let fast = BudgetConfig { per_minute: 6000, capacity: Some(11) };
    let config = with(LimitsConfig { budget: Some(fast), ..LimitsConfig::default() });
    let (one, other) = (start(config.clone(), &redis).await, start(config, &redis).await);
    for gateway in [&one, &other, &one] {
        loop {
            let reply = gateway.client.query(RENAME).await;
            if !is_refused(&reply) {
                reply.data();
                break;
            }
            assert_eq!(reply.header("retry-after"), Some("1"), "{reply:#?}");
        }
    }
}

#[tokio::test]
async fn gateways_with_other_keys_share_nothing() {
    let redis = Redis::start().await;
    let other = RedisConfig { key_prefix: "other".to_owned(), ..patient(&redis.url()) };
    let gateways = [start(limited(25), &redis).await, start_with(limited(25), &other).await.unwrap()];
    for gateway in &gateways {
        assert_eq!(parameter(&gateway.client.query(RENAME).await, "ratelimit", "r"), 14);
    }
}

#[tokio::test]
async fn budgets_on_trial_are_kept_together_and_apart() {
    let redis = Redis::start().await;
    let shadow = ShadowConfig { everyone: set(11), ..ShadowConfig::default() };
    let limits = LimitsConfig { shadow, budget: set(25).budget, ..LimitsConfig::default() };
    let (one, other) = (start(with(limits.clone()), &redis).await, start(with(limits), &redis).await);
    one.client.query(RENAME).await.data();
    // Beyond the budget on trial, and within the other.
    other.client.query(RENAME).await.data();
    let kinds = |keys: Vec<String>| -> Vec<String> {
        let kinds =
            keys.iter().filter_map(|key| key.split(':').nth(1)).filter(|kind| kind.starts_with("budget"));
        kinds.map(str::to_owned).collect()
    };
    assert_eq!(kinds(redis.keys().await), ["budget-on-trial", "budget"]);
    assert!(is_refused(&one.client.query(RENAME).await));
}

#[tokio::test]
async fn while_redis_is_gone_each_gateway_counts_by_itself() {
    let mut redis = Redis::start().await;
    let gateway = start(telling(25), &redis).await;
    let left = async || parameter(&gateway.client.query(RENAME).await, "ratelimit", "r");
    assert_eq!(health(&gateway).await, (true, "ready".to_owned()));
    assert_eq!(left().await, 14);
    redis.kill();
    // By itself it has counted nothing yet.
    assert_eq!((left().await, left().await), (14, 3));
    assert!(is_refused(&gateway.client.query(RENAME).await));
    assert_eq!(health(&gateway).await, (false, "degraded".to_owned()));
    redis.restart().await;
    reached(&gateway).await;
    // The server has forgotten what was spent.
    assert_eq!(left().await, 14);
    assert_eq!(redis.keys().await.iter().filter(|key| key.starts_with("gateway:budget:")).count(), 1);
}

#[tokio::test]
async fn a_redis_that_does_not_answer_holds_no_request_up() {
    let redis = Redis::start().await;
    let impatient = RedisConfig { timeout: Time::milliseconds(20), ..patient(&redis.url()) };
    let gateway = start_with(telling(25), &impatient).await.unwrap();
    redis.freeze();
    gateway.client.query(RENAME).await.data();
    assert_eq!(health(&gateway).await, (false, "degraded".to_owned()));
    gateway.client.query(RENAME).await.data();
    assert!(is_refused(&gateway.client.query(RENAME).await), "it is counted all the same");
    redis.thaw();
    reached(&gateway).await;
}

#[tokio::test]
async fn a_gateway_starts_without_redis_and_finds_it_later() {
    let mut redis = Redis::start().await;
    redis.kill();
    let gateway = start(telling(25), &redis).await;
    assert_eq!(health(&gateway).await, (false, "degraded".to_owned()));
    gateway.client.query(RENAME).await.data();
    redis.restart().await;
    reached(&gateway).await;
    assert_eq!(parameter(&gateway.client.query(RENAME).await, "ratelimit", "r"), 14);
}

#[tokio::test]
async fn a_password_is_needed_where_there_is_one() {
    let redis = Redis::start_with(&["--requirepass", "open sesame"]).await;
    let address = format!("127.0.0.1:{}", redis.port());
    let of = |password: &str| RedisConfig { password: Some(Secret::new(password)), ..patient(&redis.url()) };
    for config in [patient(&redis.url()), of("open barley")] {
        let error = start_with(limited(25), &config).await.err().unwrap().to_string();
        assert!(error.starts_with(&format!("Redis at {address} refuses: ")), "{error}");
        assert!(
            error.ends_with("check `redis.username`, `redis.password` and what the user may do"),
            "{error}"
        );
        assert!(!error.contains("barley"), "{error}");
    }
    let gateway = start_with(telling(25), &of("open sesame")).await.unwrap();
    assert_eq!(health(&gateway).await, (true, "ready".to_owned()));
    let in_url = format!("redis://:open%20sesame@{address}");
    let gateway = start_with(telling(25), &patient(&in_url)).await.unwrap();
    assert_eq!(health(&gateway).await, (true, "ready".to_owned()));
}

#[tokio::test]
async fn a_user_who_may_not_write_is_refused() {
    let redis =
        Redis::start_with(&["--user", "reader", "on", ">secret", "~*", "+@read", "+@connection"]).await;
    let reader = RedisConfig {
        username: Some("reader".to_owned()),
        password: Some(Secret::new("secret")),
        ..patient(&redis.url())
    };
    let error = start_with(limited(25), &reader).await.err().unwrap();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_cluster_keeps_budgets_as_well() {
    let nodes = Redis::cluster().await;
    let of = |node: &Redis| RedisConfig { cluster: true, ..patient(&node.url()) };
    // Whichever node is named, all are asked.
    let one = start_with(telling(25), &of(&nodes[0])).await.unwrap();
    let other = start_with(telling(25), &of(&nodes[1])).await.unwrap();
    for subject in ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "lea"] {
        let token = token(subject, 60);
        for (gateway, left) in [(&one, 14), (&other, 3)] {
            let reply = gateway.client.query_with(RENAME, &[("authorization", &token)]).await;
            assert_eq!(parameter(&reply, "ratelimit", "r"), left, "{subject}: {reply:#?}");
        }
    }
    for node in &nodes {
        let keys = node.keys().await;
        assert!(keys.iter().any(|key| key.starts_with("gateway:budget:")), "every node has some: {keys:?}");
    }
    for gateway in [&one, &other] {
        assert_eq!(health(gateway).await, (true, "ready".to_owned()));
    }
}

#[tokio::test]
async fn each_request_of_a_list_is_paid_for_together() {
    let redis = Redis::start().await;
    let http = HttpConfig { max_batch_size: 5, ..HttpConfig::default() };
    let gateway = start(Config { http, ..limited(25) }, &redis).await;
    let list = json!([{ "query": RENAME }, { "query": RENAME }, { "query": RENAME }]).to_string();
    let responses = gateway.client.post("/graphql", &[], &list).await.json();
    let refused = responses.as_array().unwrap().iter().filter(|response| response.get("errors").is_some());
    assert_eq!(refused.count(), 1, "{responses:#}");
}
