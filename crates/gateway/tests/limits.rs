//! How much a caller may ask, by the roles of its token.

use gateway::config::{Anonymous, CallerConfig, Config, LimitSet, LimitsConfig, ShadowConfig, Shown};
use serde_json::json;

use crate::harness::{Shop, TestGateway, caller_config, token, token_with_roles};

/// Costs 110 by estimate, as ten products with ten reviews each, and 5 in fact: two and three.
const REVIEWED: &str = "{ products { name reviews { stars } } }";

async fn start(limits: LimitsConfig) -> TestGateway {
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    let config = Config { callers, limits, ..Config::default() };
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

fn costing(cost: u64) -> LimitSet {
    LimitSet { max_cost: Some(cost), ..LimitSet::default() }
}

#[tokio::test]
async fn limits_are_those_of_the_callers_roles() {
    let gateway = start(LimitsConfig {
        max_cost: Some(109),
        anonymous: LimitSet { max_depth: Some(2), ..costing(50) },
        roles: [
            ("ANALYST".to_owned(), LimitSet { max_aliases: Some(0), ..costing(110) }),
            ("PARTNER".to_owned(), LimitSet { max_tokens: Some(4), max_aliases: Some(1), ..costing(10) }),
        ]
        .into(),
        ..LimitsConfig::default()
    })
    .await;
    let (known, analyst) = (token("ann", 60), token_with_roles("ann", &["ANALYST", "OTHER"]));
    let (partner, both) =
        (token_with_roles("ann", &["PARTNER"]), token_with_roles("ann", &["PARTNER", "ANALYST"]));
    let aliased = "{ all: products { name } }";
    // Whoever is allowed asks first: what is kept of a document is measured for each caller.
    let cases = [
        (Some(&analyst), REVIEWED, None),
        (Some(&both), REVIEWED, None),
        (Some(&known), REVIEWED, Some("LIMIT_COST")),
        (None, REVIEWED, Some("LIMIT_DEPTH")),
        (Some(&known), aliased, None),
        (Some(&analyst), aliased, Some("LIMIT_ALIASES")),
        (Some(&both), aliased, None),
        (None, aliased, None),
        (Some(&partner), aliased, Some("LIMIT_TOKENS")),
        (Some(&partner), "{ products { id name } }", Some("LIMIT_TOKENS")),
        (None, "{ products { id name } }", None),
    ];
    for (token, query, code) in cases {
        let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
        let reply = gateway.client.query_with(query, &headers).await;
        let found = reply.json()["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        assert_eq!(found.as_deref(), code, "{query} {headers:?}: {reply:#?}");
    }
}

#[tokio::test]
async fn whoever_asks_too_much_is_told_what_costs_most_and_what_to_change() {
    let gateway = start(LimitsConfig { max_cost: Some(109), ..LimitsConfig::default() }).await;
    let message = "the operation costs 110 by estimate, the limit is 109; most of it, 100, is \
                   `products.reviews` (`Product.reviews`); ask for fewer values of `products` (10) or \
                   `products.reviews` (10), or for less of each";
    gateway.client.query(REVIEWED).await.refused(400, "LIMIT_COST", message);
    let headers = [("accept", "application/json")];
    gateway.client.query_with(REVIEWED, &headers).await.refused(200, "LIMIT_COST", message);
    gateway.client.query("{ products { name } }").await.data();
}

#[tokio::test]
async fn the_cost_is_told_as_estimated_and_as_it_was() {
    let gateway = start(LimitsConfig { show_cost: Shown::Always, ..LimitsConfig::default() }).await;
    let cases = [
        (REVIEWED, 110, 5),
        ("{ products { name } }", 10, 2),
        ("{ product(id: 1) { name reviews { body } } }", 11, 3),
        ("{ product(id: 9) { name } }", 1, 0),
        ("mutation { rename(id: 1, name: \"Desk\") { name } }", 11, 11),
        ("{ __typename }", 0, 0),
    ];
    for (query, estimated, actual) in cases {
        let reply = gateway.client.query_with(query, &[("x-include-cost", "true")]).await;
        let cost = reply.json()["extensions"]["cost"].clone();
        assert_eq!((&cost["estimated"], &cost["actual"]), (&json!(estimated), &json!(actual)), "{query}");
        let header = |name| reply.header(name).map(|text| text.parse::<i32>().unwrap());
        assert_eq!(header("x-cost-estimated"), Some(estimated), "{query}");
        assert_eq!(header("x-cost-actual"), Some(actual), "{query}");
    }
    let unasked = gateway.client.query(REVIEWED).await;
    assert_eq!((unasked.header("x-cost-actual"), unasked.json().get("extensions")), (None, None));
    let hidden = start(LimitsConfig { max_cost: Some(1000), ..LimitsConfig::default() }).await;
    let reply = hidden.client.query_with(REVIEWED, &[("x-include-cost", "true")]).await;
    assert_eq!((reply.header("x-cost-actual"), reply.json().get("extensions")), (None, None));
}

#[tokio::test]
async fn a_limit_on_trial_is_told_and_not_enforced() {
    let shadow = ShadowConfig {
        everyone: LimitSet { max_depth: Some(2), ..costing(100) },
        roles: [("ANALYST".to_owned(), LimitSet { max_depth: Some(3), ..costing(110) })].into(),
        ..ShadowConfig::default()
    };
    let gateway = start(LimitsConfig { shadow, show_cost: Shown::Always, ..LimitsConfig::default() }).await;
    let analyst = token_with_roles("ann", &["ANALYST"]);
    let told = async |headers: &[(&str, &str)]| {
        let headers = [&[("x-include-cost", "true")], headers].concat();
        let reply = gateway.client.query_with(REVIEWED, &headers).await;
        reply.data();
        let told = reply.json()["extensions"]["shadowLimits"].clone();
        let codes = told.as_array().into_iter().flatten().map(|error| error["extensions"]["code"].clone());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(told(&[]).await, ["LIMIT_DEPTH", "LIMIT_COST"]);
    assert_eq!(told(&[("authorization", &analyst)]).await, [""; 0]);
}
