//! Answers that gateways give each other, in a real Redis.

use gateway::Gateway;
use gateway::config::{
    AnswersConfig, ByteSize, CacheConfig, Config, ContractConfig, LimitsConfig, RedisConfig, Time,
    UpstreamConfig,
};

use super::{COUNTS, ask, bearer, config, counts, is_kept};
use crate::harness::{Redis, TestGateway, engine, token, token_with_roles};

fn sharing(max_shared_size: ByteSize) -> Config {
    let answers = AnswersConfig { enabled: true, shared: true, max_shared_size, ..AnswersConfig::default() };
    Config { cache: CacheConfig { answers }, ..config() }
}

fn usual() -> Config {
    sharing(AnswersConfig::default().max_shared_size)
}

/// A gateway over a subgraph with a schema.
async fn start_with(config: Config, schema: &str, url: &str, redis: &RedisConfig) -> TestGateway {
    let (engine, transport) = engine(&config, &[("counts", schema, url)]);
    let gateway = Gateway::new(engine, &config).unwrap().with_probe(transport);
    TestGateway::serve(gateway.with_redis(redis).await.unwrap()).await
}

/// An answer of Redis may take long on a busy machine.
fn patient(redis: &Redis) -> RedisConfig {
    let timeout = Time::seconds(20);
    RedisConfig { timeout, connect_timeout: timeout, ..RedisConfig::new(redis.url()) }
}

async fn start(config: Config, url: &str, redis: &Redis) -> TestGateway {
    start_with(config, COUNTS, url, &patient(redis)).await
}

/// The keys of answers, as soon as there are so many.
async fn keys(redis: &Redis, number: usize) -> Vec<String> {
    loop {
        let mut keys = redis.keys().await;
        keys.retain(|key| key.starts_with("gateway:answer:"));
        if keys.len() >= number {
            assert_eq!(keys.len(), number, "{keys:#?}");
            return keys;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_one_has_worked_out_the_others_know() {
    let (redis, url) = (Redis::start().await, counts().await);
    let (one, other) = (start(usual(), &url, &redis).await, start(usual(), &url, &redis).await);
    let (ann, bob) = (token("ann", 60), token("bob", 60));
    let query = "{ open text(length: 5000) }";
    let first = ask(&one, query, &bearer(&ann)).await;
    let keys_now = keys(&redis, 1).await;
    let fetched = ask(&other, query, &bearer(&bob)).await;
    assert_eq!((is_kept(&fetched), &fetched.text), (true, &first.text), "{fetched:#?}");
    // Who is not known has another answer, which is also the other's.
    let strange = ask(&other, query, &[]).await;
    assert!(!is_kept(&strange) && strange.text != first.text, "{strange:#?}");
    keys(&redis, 2).await;
    assert_eq!(ask(&one, query, &[]).await.text, strange.text);
    // What is in Redis is compressed, goes by itself, and names nobody.
    let key = &keys_now[0];
    assert!(!key.contains("ann"), "{key}");
    let (size, left): (usize, i64) = (redis.ask(&["STRLEN", key]).await, redis.ask(&["PTTL", key]).await);
    assert!(size < 1000 && (1..=600_000).contains(&left), "{size} bytes for {left} ms");
    // From then on it is here.
    let _: i64 = redis.ask(&["DEL", key]).await;
    assert_eq!(ask(&other, query, &bearer(&ann)).await.text, first.text);
}

#[tokio::test]
async fn compressed_forms_are_the_same_wherever_they_are_made() {
    let (redis, url) = (Redis::start().await, counts().await);
    let (one, other) = (start(usual(), &url, &redis).await, start(usual(), &url, &redis).await);
    let get = async |gateway: &TestGateway, encoding: &str| {
        let headers = [("accept", "application/json"), ("accept-encoding", encoding)];
        gateway.client.get("/graphql?query=%7Btext(length:5000)%7D", &headers).await
    };
    let first = get(&one, "zstd").await;
    keys(&redis, 1).await;
    for encoding in ["zstd", "gzip", "identity"] {
        let (here, there) = (get(&one, encoding).await, get(&other, encoding).await);
        assert_eq!(here.text, there.text, "{encoding}");
        for name in ["content-encoding", "etag", "cache-control", "vary"] {
            assert_eq!(here.header(name), there.header(name), "{encoding}, {name}");
        }
        assert_eq!(there.header("etag"), first.header("etag"));
    }
}

#[tokio::test]
async fn answers_of_one_caller_and_large_ones_stay_here() {
    let (redis, url) = (Redis::start().await, counts().await);
    let config = || sharing(ByteSize(20));
    let (one, other) = (start(config(), &url, &redis).await, start(config(), &url, &redis).await);
    let ann = token("ann", 60);
    for query in ["{ mine }", "{ some }", "{ text(length: 5000) }", "{ never }", "{ open broken }"] {
        let first = ask(&one, query, &bearer(&ann)).await;
        let there = ask(&other, query, &bearer(&ann)).await;
        assert!(!is_kept(&first) && !is_kept(&there), "{query}: {there:#?}");
    }
    // It is there as soon as all before it would be.
    ask(&one, "{ open }", &bearer(&ann)).await;
    keys(&redis, 1).await;
}

#[tokio::test]
async fn another_schema_or_configuration_has_answers_of_its_own() {
    let (redis, url) = (Redis::start().await, counts().await);
    let more = COUNTS.replace("never: Int!", "never: Int! another: Int");
    let hidden = ContractConfig {
        roles: vec!["PARTNER".to_owned()],
        exclude_tags: vec!["internal".to_owned()],
        ..ContractConfig::default()
    };
    let forwards =
        UpstreamConfig { forward_headers: vec!["x-tenant".to_owned()], ..UpstreamConfig::default() };
    let limits = LimitsConfig { max_root_fields: 7, ..LimitsConfig::default() };
    let cases = [
        (usual(), COUNTS),
        (usual(), &*more),
        (Config { contracts: vec![hidden.clone()], ..usual() }, COUNTS),
        (Config { upstream: forwards, ..usual() }, COUNTS),
        (Config { limits, ..usual() }, COUNTS),
    ];
    let mut seen = Vec::new();
    for (number, (config, schema)) in cases.into_iter().enumerate() {
        let start = async || start_with(config.clone(), schema, &url, &patient(&redis)).await;
        let gateway = start().await;
        let reply = ask(&gateway, "{ open }", &[]).await;
        assert!(!is_kept(&reply) && !seen.contains(&reply.text), "case {number}: {reply:#?}");
        keys(&redis, number + 1).await;
        assert_eq!(ask(&start().await, "{ open }", &[]).await.text, reply.text, "case {number}");
        seen.push(reply.text);
    }
    // Nor does who sees another part of one schema.
    let partner = token_with_roles("ann", &["PARTNER"]);
    let gateway =
        start_with(Config { contracts: vec![hidden], ..usual() }, COUNTS, &url, &patient(&redis)).await;
    let staff = ask(&gateway, "{ open }", &bearer(&token("bob", 60))).await;
    keys(&redis, seen.len() + 1).await;
    let reply = ask(&gateway, "{ open }", &bearer(&partner)).await;
    assert!(reply.data() != staff.data() && !is_kept(&reply), "{reply:#?}");
}

#[tokio::test]
async fn who_changed_something_is_given_nothing_from_before_by_redis_either() {
    let (redis, url) = (Redis::start().await, counts().await);
    let (one, other) = (start(usual(), &url, &redis).await, start(usual(), &url, &redis).await);
    let (ann, bob) = (token("ann", 60), token("bob", 60));
    let kept = ask(&one, "{ open }", &bearer(&bob)).await;
    keys(&redis, 1).await;
    ask(&other, "mutation { change }", &bearer(&ann)).await.data();
    let after = ask(&other, "{ open }", &bearer(&ann)).await;
    assert!(!is_kept(&after) && after.text != kept.text, "{after:#?}");
}

#[tokio::test]
async fn what_is_in_redis_and_no_answer_is_passed_over() {
    let (redis, url) = (Redis::start().await, counts().await);
    let one = start(usual(), &url, &redis).await;
    ask(&one, "{ open }", &[]).await;
    let key = keys(&redis, 1).await.remove(0);
    let large = "x".repeat(300_000);
    for text in ["", "x", "\u{1}\u{1}\0\u{9}\0\0\0nonsense", &large] {
        let _: String = redis.ask(&["SET", &key, text, "PX", "60000"]).await;
        let gateway = start(usual(), &url, &redis).await;
        let reply = ask(&gateway, "{ open }", &[]).await;
        assert!(!is_kept(&reply), "{reply:#?}");
        reply.data();
        // Its place is taken by a good one.
        loop {
            let size: usize = redis.ask(&["STRLEN", &key]).await;
            if size != text.len() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn without_redis_each_goes_on_by_itself() {
    let (mut redis, url) = (Redis::start().await, counts().await);
    let hasty = RedisConfig { timeout: Time::milliseconds(50), ..RedisConfig::new(redis.url()) };
    let gateway = start_with(usual(), COUNTS, &url, &hasty).await;
    redis.freeze();
    let ask_twice = async |query: &str| {
        let reply = ask(&gateway, query, &[]).await;
        reply.data();
        assert_eq!(ask(&gateway, query, &[]).await.text, reply.text, "it is kept here");
    };
    ask_twice("{ open }").await;
    redis.thaw();
    redis.kill();
    ask_twice("{ of(number: 1) }").await;
}

#[tokio::test]
async fn nothing_is_shared_by_default() {
    let (redis, url) = (Redis::start().await, counts().await);
    let (one, other) = (start(config(), &url, &redis).await, start(config(), &url, &redis).await);
    ask(&one, "{ open }", &[]).await;
    assert!(!is_kept(&ask(&other, "{ open }", &[]).await));
    keys(&redis, 0).await;
}
