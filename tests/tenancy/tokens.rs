//! Tokens that are missing or not good open nothing, at the gateway and at the services behind it.

use http::Method;
use serde_json::json;

use super::World;
use crate::harness::{Bearer, Client, INTERNAL_SECRET, Reply, USER_SECRET};

const ASK: &str = "{ me { grants { unit { id } } } }";

#[track_caller]
fn refused(case: &str, reply: &Reply) {
    let errors = reply.errors();
    assert_eq!((reply.status, errors.len()), (401, 1), "{case}: {reply}");
    assert!(reply.json().get("data").is_none_or(serde_json::Value::is_null), "{case}: {reply}");
    assert_eq!(errors[0]["extensions"]["code"], "UNAUTHENTICATED", "{case}: {reply}");
    let message = errors[0]["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty() && !message.contains(USER_SECRET), "{case}: {reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_a_good_token_are_answered_with_401() {
    let world = World::new().await;
    let person = &world.ours["person"];
    let good = Bearer::of(person);
    let cases = [
        ("expired", good.clone().with("exp", 1_700_000_000)),
        ("of another secret", good.clone().signed_with("another-secret-another-secret-another-secret")),
        ("of another issuer", good.clone().with("iss", "elsewhere")),
        ("for another audience", good.clone().with("aud", "elsewhere")),
        (
            "for services, signed for services",
            good.clone().with("aud", "subgraph").signed_with(INTERNAL_SECRET),
        ),
        ("without an end", good.clone().without("exp")),
        ("without a subject", good.clone().without("sub")),
        ("of a service", good.clone().with("sub", "service:analytics")),
        ("not valid yet", good.clone().with("nbf", 4_000_000_000_u64)),
    ];
    for (platform, client) in &world.platforms {
        refused(&format!("{platform}, missing"), &client.query(ASK, &json!({})).await);
        refused(&format!("{platform}, missing"), &client.operation("my-units", &json!({})).await);
        for (case, token) in &cases {
            refused(
                &format!("{platform}, {case}"),
                &client.bearing(token.text()).query(ASK, &json!({})).await,
            );
        }
        let unsigned = good.text();
        let unsigned = unsigned.rsplit_once('.').map(|(signed, _)| format!("{signed}.")).unwrap();
        for (case, text) in [("without signature", unsigned.as_str()), ("rubbish", "e30.e30.rubbish")] {
            refused(&format!("{platform}, {case}"), &client.bearing(text).query(ASK, &json!({})).await);
        }
        client.bearing(good.text()).query(ASK, &json!({})).await.data();
    }
}

/// Services do not rely on being hidden: without the gateway's signature they tell nothing but their schema.
#[tokio::test(flavor = "multi_thread")]
async fn services_answer_the_gateway_only() {
    let world = World::new().await;
    let person = &world.ours["person"];
    let tokens = [
        None,
        Some(Bearer::of(person).text()),
        Some(Bearer::of(person).with("aud", "subgraph").text()),
        Some(Bearer::of(person).with("aud", "subgraph").with("exp", 1).signed_with(INTERNAL_SECRET).text()),
    ];
    let entity = json!({ "query": "{ _entities(representations: []) { __typename } }" }).to_string();
    for (name, service) in &world.distributed.services.running {
        let client = Client::new(service.address);
        for token in &tokens {
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(token.as_deref().map(|token| ("x-caller-token", token)));
            let reply = client.send(Method::POST, "/graphql", &headers, entity.clone()).await;
            assert_eq!(reply.errors()[0]["extensions"]["code"], "UNAUTHENTICATED", "{name}: {reply}");
            assert!(reply.json()["data"].is_null(), "{name}: {reply}");
            let feed = client.send(Method::GET, "/directory/changes", &headers, String::new()).await;
            let expected = if *name == "networks" { 401 } else { 404 };
            assert_eq!(feed.status, expected, "{name}: {feed}");
        }
    }
}
