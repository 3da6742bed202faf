//! Callers: refused, accepted, and made known to subgraphs.

use gateway::config::{Anonymous, CallerConfig, Config, PolicyConfig, UpstreamConfig};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Map, Value};

use crate::harness::{
    INTERNAL_SECRET, Shop, TestGateway, caller_config, token, token_signed_with, token_with_roles,
    token_with_scope,
};

const HEADER: &str = r#"{ header(name: "x-caller-token") }"#;

async fn start() -> TestGateway {
    let upstream =
        UpstreamConfig { forward_headers: vec!["x-shop-locale".to_owned()], ..UpstreamConfig::default() };
    let config = Config { callers: caller_config(), upstream, ..Config::default() };
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

#[tokio::test]
async fn a_request_without_a_good_token_is_refused_with_a_challenge() {
    let gateway = start().await;
    let reply = gateway.client.query(HEADER).await;
    let message = "this graph needs a token; send the header `Authorization: Bearer <token>`";
    reply.refused(401, "UNAUTHENTICATED", message);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"graphql\""));

    let cases = [
        (token("anna", -60), "the token has expired; get a new one"),
        (token_signed_with(INTERNAL_SECRET, "anna", 60), "the token's signature is not valid"),
        (
            "Bearer nonsense".to_owned(),
            "the `Authorization` header is malformed; it is `Bearer`, a space and a JSON Web Token",
        ),
        (
            "Basic YTpi".to_owned(),
            "the `Authorization` header is malformed; it is `Bearer`, a space and a JSON Web Token",
        ),
    ];
    for (value, message) in cases {
        for accept in ["application/json", "application/graphql-response+json"] {
            let reply =
                gateway.client.query_with(HEADER, &[("authorization", &value), ("accept", accept)]).await;
            reply.refused(401, "UNAUTHENTICATED", message);
            let challenge = reply.header("www-authenticate").unwrap();
            let expected = format!(
                "Bearer realm=\"graphql\", error=\"invalid_token\", error_description=\"{}\"",
                message.replace('`', "'")
            );
            assert_eq!(challenge, expected);
        }
    }
}

#[tokio::test]
async fn bodies_of_strangers_are_not_read() {
    let gateway = start().await;
    assert_eq!(gateway.client.post("/graphql", &[], "not json").await.error().1, "UNAUTHENTICATED");
}

#[tokio::test]
async fn subgraphs_learn_who_calls() {
    let gateway = start().await;
    let reply = gateway.client.query_with(HEADER, &[("authorization", &token("anna", 60))]).await;
    let data = reply.data();
    let token = data["header"].as_str().unwrap();
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["subgraph"]);
    let key = DecodingKey::from_secret(INTERNAL_SECRET.as_bytes());
    let claims = decode::<Map<String, Value>>(token, &key, &validation).unwrap().claims;
    assert_eq!((&claims["sub"], &claims["narrow"]["role"]), (&"anna".into(), &"viewer".into()));
}

#[tokio::test]
async fn a_client_cannot_pose_as_the_gateway() {
    let gateway = start().await;
    let forged = [("authorization", &*token("anna", 60)), ("x-caller-token", "forged")];
    let data = gateway.client.query_with(HEADER, &forged).await.data();
    assert_ne!(data["header"], "forged");
}

#[tokio::test]
async fn subgraphs_get_the_request_id_the_trace_and_chosen_headers_only() {
    let gateway = start().await;
    let headers = [
        ("authorization", &*token("anna", 60)),
        ("x-request-id", "order-7"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("x-shop-locale", "de"),
        ("cookie", "session=1"),
    ];
    let query = r#"{
        id: header(name: "x-request-id") trace: header(name: "traceparent") locale: header(name: "x-shop-locale")
        token: header(name: "authorization") cookie: header(name: "cookie")
    }"#;
    let data = gateway.client.query_with(query, &headers).await.data();
    assert_eq!((&data["id"], &data["locale"]), (&"order-7".into(), &"de".into()), "{data}");
    let trace = data["trace"].as_str().unwrap();
    assert!(trace.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && trace.ends_with("-01"), "{trace}");
    assert!(!trace.contains("00f067aa0ba902b7"), "the span is the gateway's own: {trace}");
    assert!(data["token"].is_null() && data["cookie"].is_null(), "{data}");
}

#[tokio::test]
async fn known_callers_may_see_the_schema() {
    let gateway = start().await;
    let query = "{ __schema { queryType { name } } }";
    let reply = gateway.client.query_with(query, &[("authorization", &token("anna", 60))]).await;
    assert_eq!(reply.data()["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn health_needs_no_token() {
    let gateway = start().await;
    assert_eq!(gateway.client.get("/health", &[]).await.status, 200);
    assert_eq!(gateway.client.get("/ready", &[]).await.status, 200);
}

#[tokio::test]
async fn scopes_of_the_token_open_what_the_schema_protects() {
    let shop = Shop::open().await;
    let [(name, sdl, url), reviews] = shop.subgraphs();
    let sdl = sdl
        .replace("[\"@key\"]", "[\"@key\", \"@authenticated\", \"@requiresScopes\"]")
        .replace("products: [Product!]!", "products: [Product!]! @authenticated")
        .replace(
            "header(name: String!): String",
            "header(name: String!): String @requiresScopes(scopes: [[\"shop:headers\"]])",
        );
    let callers = CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() };
    let upstream =
        UpstreamConfig { forward_headers: vec!["x-shop-locale".to_owned()], ..UpstreamConfig::default() };
    let config = Config { callers, upstream, ..Config::default() };
    let gateway = TestGateway::start(config, &[(name, &sdl, url), reviews]).await;

    let query = r#"{ header(name: "x-shop-locale") }"#;
    let headers = |token: &str| [("authorization", token.to_owned()), ("x-shop-locale", "de".to_owned())];
    for scope in ["", "shop", "shop:header", "other shop:headers:all"] {
        let headers = headers(&token_with_scope("anna", scope));
        let reply = gateway
            .client
            .query_with(query, &headers.each_ref().map(|(name, value)| (*name, value.as_str())))
            .await;
        let answer = reply.json();
        assert!(answer["data"]["header"].is_null(), "{scope}: {answer}");
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "UNAUTHORIZED_FIELD_OR_TYPE",
            "{scope}: {answer}"
        );
        assert_eq!(answer["errors"][0]["path"][0], "header");
    }
    let headers = headers(&token_with_scope("anna", "other shop:headers"));
    let reply = gateway
        .client
        .query_with(query, &headers.each_ref().map(|(name, value)| (*name, value.as_str())))
        .await;
    assert_eq!(reply.data()["header"], "de");

    let products = "{ products { id } }";
    assert!(gateway.client.query(products).await.json()["data"].is_null(), "a stranger is not authenticated");
    let anna = token("anna", 60);
    let reply = gateway.client.query_with(products, &[("authorization", &anna)]).await;
    assert!(reply.data()["products"].is_array());
}

#[tokio::test]
async fn policies_of_the_configuration_open_what_the_schema_protects() {
    let shop = Shop::open().await;
    let [(name, sdl, url), reviews] = shop.subgraphs();
    let sdl = sdl.replace("v2.5\", import: [\"@key\"]", "v2.6\", import: [\"@key\", \"@policy\"]").replace(
        "products: [Product!]!",
        "products: [Product!]! @policy(policies: [[\"staff\", \"trained\"], [\"owner\"]])",
    );
    let of_roles = |roles: &[&str]| PolicyConfig {
        roles: roles.iter().map(ToString::to_string).collect(),
        ..PolicyConfig::default()
    };
    let policies = [("staff", of_roles(&["CLERK", "COOK"])), ("trained", of_roles(&["TRAINED"]))];
    let callers = CallerConfig {
        anonymous: Some(Anonymous::Allow),
        policies: policies.map(|(name, policy)| (name.to_owned(), policy)).into(),
        ..caller_config()
    };
    let config = Config { callers, ..Config::default() };
    let gateway = TestGateway::start(config, &[(name, &sdl, url), reviews]).await;
    let cases: [(Option<&[&str]>, bool); 5] = [
        (None, false),
        (Some(&[]), false),
        (Some(&["CLERK"]), false),
        (Some(&["COOK", "TRAINED"]), true),
        (Some(&["owner"]), false),
    ];
    for (roles, reads) in cases {
        let token = roles.map(|roles| token_with_roles("anna", roles));
        let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
        let answer = gateway.client.query_with("{ products { id } }", &headers).await.json();
        assert_eq!(answer["data"]["products"].is_array(), reads, "{roles:?}: {answer}");
        if !reads {
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHORIZED_FIELD_OR_TYPE", "{answer}");
        }
    }
}
