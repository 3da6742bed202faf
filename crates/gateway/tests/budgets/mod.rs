//! What clients may spend in the course of time. A unit comes back in a minute here, unless a test waits for it, so that
//! none does while a test runs.

mod events;
mod payloads;
mod together;
mod ways;

use gateway::config::{
    Anonymous, BudgetConfig, CallerConfig, Config, HttpConfig, LimitSet, LimitsConfig, ShadowConfig, Shown,
};
use gateway::{Gateway, Live};
use serde_json::json;

use crate::harness::{Reply, Shop, TestGateway, caller_config, engine, token, token_with_roles};

/// Costs 10 by estimate, as ten products, and 2 in fact.
const PRODUCTS: &str = "{ products { name } }";

/// Costs 11 by estimate and in fact.
const RENAME: &str = "mutation { rename(id: 1, name: \"Desk\") { name } }";

const fn budget(capacity: u64) -> BudgetConfig {
    BudgetConfig { per_minute: 1, capacity: Some(capacity) }
}

fn set(capacity: u64) -> LimitSet {
    LimitSet { budget: Some(budget(capacity)), ..LimitSet::default() }
}

fn limited(capacity: u64) -> Config {
    with(LimitsConfig { budget: Some(budget(capacity)), ..LimitsConfig::default() })
}

fn with(limits: LimitsConfig) -> Config {
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    Config { limits, callers, ..Config::default() }
}

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

/// A parameter of a header with parameters.
#[track_caller]
fn parameter(reply: &Reply, header: &str, name: &str) -> u64 {
    let value = reply.header(header).unwrap_or_else(|| panic!("no {header}: {reply:#?}"));
    let found = value.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name}: {reply:#?}")).parse().unwrap()
}

fn is_refused(reply: &Reply) -> bool {
    reply.status == 429 && reply.error().1 == "BUDGET_EXCEEDED"
}

#[tokio::test]
async fn whoever_has_spent_all_is_told_when_to_come_back_and_what_costs_most() {
    let gateway = start(limited(25)).await;
    for left in [14, 3] {
        let reply = gateway.client.query(RENAME).await;
        reply.data();
        assert_eq!(reply.header("ratelimit-policy"), Some("\"cost\";q=25;w=1500"), "{reply:#?}");
        assert_eq!(parameter(&reply, "ratelimit", "r"), left, "{reply:#?}");
        let full = parameter(&reply, "ratelimit", "t");
        assert!(full <= (25 - left) * 60 && full > (24 - left) * 60, "{reply:#?}");
    }
    let reply = gateway.client.query(RENAME).await;
    // Eight units are missing.
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds <= 480 && seconds > 420, "{reply:#?}");
    let message = format!(
        "the operation costs 11 by estimate, and 3 of a budget of 25 are left; try again in {seconds} s; \
         most of it, 1, is `rename` (`Mutation.rename`); leave it out, or split the operation"
    );
    reply.refused(429, "BUDGET_EXCEEDED", &message);
    assert_eq!(reply.json()["errors"][0]["extensions"]["retryAfter"], seconds, "{reply:#?}");
    assert_eq!((parameter(&reply, "ratelimit", "r"), reply.header("cache-control")), (3, Some("no-store")));
    // What is left is enough for something smaller, and a refusal takes nothing.
    let reply = gateway.client.query("{ product(id: 1) { name } }").await;
    reply.data();
    assert_eq!(parameter(&reply, "ratelimit", "r"), 2, "{reply:#?}");
}

#[tokio::test]
async fn what_a_budget_never_holds_is_told_apart() {
    let gateway = start(limited(9)).await;
    let reply = gateway.client.query(PRODUCTS).await;
    let message = "the operation costs 10 by estimate, and a budget of 9 never holds as much; most of it, 10, is \
                   `products` (`Query.products`); ask for fewer values of `products` (10), or for less of each";
    reply.refused(429, "BUDGET_EXCEEDED", message);
    assert_eq!((reply.header("retry-after"), parameter(&reply, "ratelimit", "r")), (None, 9), "{reply:#?}");
    assert!(reply.json()["errors"][0]["extensions"].get("retryAfter").is_none(), "{reply:#?}");
}

#[tokio::test]
async fn what_an_answer_does_not_cost_is_given_back() {
    let gateway = start(limited(25)).await;
    // Without giving back there would be two of them.
    let mut answered = 0;
    while answered < 5 {
        let reply = gateway.client.query(PRODUCTS).await;
        if !is_refused(&reply) {
            reply.data();
            answered += 1;
        }
    }
    // In fact 10 are spent.
    while parameter(&gateway.client.query(RENAME).await, "ratelimit", "r") != 4 {}
}

#[tokio::test]
async fn what_is_spent_comes_back() {
    let fast = BudgetConfig { per_minute: 6000, capacity: Some(11) };
    let gateway = start(with(LimitsConfig { budget: Some(fast), ..LimitsConfig::default() })).await;
    for _ in 0..3 {
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
async fn every_caller_has_the_budget_of_its_roles() {
    let gateway = start(with(LimitsConfig {
        budget: Some(budget(11)),
        anonymous: set(5),
        roles: [("ANALYST".to_owned(), set(22)), ("PARTNER".to_owned(), set(12))].into(),
        ..LimitsConfig::default()
    }))
    .await;
    let cases = [
        (None, 0),
        (Some(token("ann", 60)), 1),
        (Some(token("bob", 60)), 1),
        (Some(token_with_roles("cid", &["PARTNER"])), 1),
        (Some(token_with_roles("dan", &["PARTNER", "ANALYST"])), 2),
    ];
    for (token, expected) in cases {
        let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
        let mut allowed = 0;
        while !is_refused(&gateway.client.query_with(RENAME, &headers).await) {
            allowed += 1;
        }
        assert_eq!(allowed, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn callers_without_a_token_are_told_apart_by_their_address() {
    for (trusted_proxies, expected) in [(0, 1), (1, 2)] {
        let http = HttpConfig { trusted_proxies, ..HttpConfig::default() };
        let gateway = start(Config { http, ..limited(11) }).await;
        let mut allowed = 0;
        // The last is what the proxy tells, those before are what its client says.
        for addresses in ["192.0.2.1", "192.0.2.2", "203.0.113.7, 192.0.2.1"] {
            let reply = gateway.client.query_with(RENAME, &[("x-forwarded-for", addresses)]).await;
            allowed += usize::from(!is_refused(&reply));
        }
        assert_eq!(allowed, expected, "{trusted_proxies} proxies");
    }
}

#[tokio::test]
async fn a_budget_on_trial_refuses_nothing() {
    let shadow = ShadowConfig { everyone: set(11), ..ShadowConfig::default() };
    let gateway = start(with(LimitsConfig { shadow, ..LimitsConfig::default() })).await;
    for _ in 0..3 {
        let reply = gateway.client.query(RENAME).await;
        reply.data();
        assert_eq!((reply.header("ratelimit"), reply.header("ratelimit-policy")), (None, None));
    }
}

#[tokio::test]
async fn a_budget_on_trial_is_told_beside_the_cost() {
    let shadow = ShadowConfig { everyone: set(11), ..ShadowConfig::default() };
    let limits = LimitsConfig { shadow, show_cost: Shown::Always, ..LimitsConfig::default() };
    let gateway = start(with(limits)).await;
    let ask = async || {
        let reply = gateway.client.query_with(RENAME, &[("x-include-cost", "true")]).await;
        reply.data();
        reply.json()["extensions"].clone()
    };
    let first = ask().await;
    assert!(first["cost"]["actual"] == 11 && first.get("shadowLimits").is_none(), "{first:#}");
    let second = ask().await;
    let [told] = second["shadowLimits"].as_array().unwrap().as_slice() else { panic!("{second:#}") };
    let seconds = told["extensions"]["retryAfter"].as_u64().unwrap();
    let message = format!(
        "the operation costs 11 by estimate, and 0 of a budget of 11 are left; try again in {seconds} s; most of it, 1, \
         is `rename` (`Mutation.rename`); leave it out, or split the operation"
    );
    let expected =
        json!({ "message": message, "extensions": { "code": "BUDGET_EXCEEDED", "retryAfter": seconds } });
    assert_eq!(told, &expected);
}

#[tokio::test]
async fn what_costs_nothing_takes_nothing() {
    let gateway = start(limited(11)).await;
    let client = &gateway.client;
    let token = token("ann", 60);
    let known = [("authorization", token.as_str())];
    let free = [
        client.send(http::Method::OPTIONS, "/graphql", &[], "").await,
        client.get("/health", &[]).await,
        client.get("/ready", &[]).await,
        client.get("/graphql/schema", &known).await,
        client.get("/graphql/operations", &[]).await,
        client.post("/graphql/validate", &known, &json!({ "query": RENAME }).to_string()).await,
        client.query_with("{ __typename }", &known).await,
        client.query("{ nothing }").await,
        client
            .get(
                "/graphql?query=mutation%7Brename(id:1,name:%22a%22)%7Bname%7D%7D",
                &[("apollo-require-preflight", "1")],
            )
            .await,
    ];
    for reply in free {
        assert!(reply.status != 429 && reply.header("ratelimit").is_none(), "{reply:#?}");
    }
    for headers in [&known[..], &[]] {
        let reply = client.query_with(RENAME, headers).await;
        reply.data();
        assert_eq!(parameter(&reply, "ratelimit", "r"), 0);
    }
}

#[tokio::test]
async fn what_was_spent_outlives_a_generation() {
    let shop = Shop::open().await;
    let config = limited(25);
    let (first, _) = engine(&config, &shop.subgraphs());
    let live = Live::from(Gateway::new(first, &config).unwrap());
    let gateway = TestGateway::serve(live.clone()).await;
    assert_eq!(parameter(&gateway.client.query(RENAME).await, "ratelimit", "r"), 14);
    let wider = limited(35);
    let (second, _) = engine(&wider, &shop.subgraphs());
    live.replace(live.gateway().successor(second, &wider).await.unwrap());
    let reply = gateway.client.query(RENAME).await;
    assert_eq!(reply.header("ratelimit-policy"), Some("\"cost\";q=35;w=2100"), "{reply:#?}");
    assert_eq!(parameter(&reply, "ratelimit", "r"), 13, "{reply:#?}");
}
