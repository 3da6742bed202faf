//! GraphQL over HTTP: what a request looks like, and what an answer looks like.

use gateway::config::{ByteSize, Config, HttpConfig, UpstreamConfig};
use http::Method;
use serde_json::json;

use crate::harness::{Client, Shop, TestGateway};

const RESPONSE: &str = "application/graphql-response+json";
const QUERY: &str = r#"{"query":"{ product(id: \"1\") { name reviews { stars } } }"}"#;

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &Shop::open().await.subgraphs()).await
}

fn dev() -> Config {
    Config { dev: true, ..Config::default() }
}

#[tokio::test]
async fn a_query_crosses_subgraphs() {
    let gateway = start(Config::default()).await;
    let reply = gateway.client.post("/graphql", &[], QUERY).await;
    assert_eq!(
        reply.data(),
        json!({ "product": { "name": "Table", "reviews": [{ "stars": 5 }, { "stars": 2 }] } })
    );
    assert_eq!(reply.header("content-type"), Some("application/graphql-response+json; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("x-request-id").is_some_and(|id| id.len() == 36), "{reply:#?}");
}

#[tokio::test]
async fn variables_and_operation_name_choose_what_runs() {
    let gateway = start(Config::default()).await;
    let query = "query A { products { id } } query B($id: ID!) { product(id: $id) { name } }";
    let body = json!({ "query": query, "operationName": "B", "variables": { "id": "2" }, "extensions": {} });
    let reply = gateway.client.post("/graphql", &[], &body.to_string()).await;
    assert_eq!(reply.data(), json!({ "product": { "name": "Chair" } }));
    let path =
        "/graphql?query=query+B(%24id:ID!)%7Bproduct(id:%24id)%7Bname%7D%7D&variables=%7B%22id%22:%221%22%7D";
    let reply = gateway.client.get(path, &[("accept", "application/json")]).await;
    assert_eq!(reply.data(), json!({ "product": { "name": "Table" } }));
}

#[tokio::test]
async fn http2_is_served_on_the_same_port() {
    let gateway = start(Config::default()).await;
    let reply = Client::http2(gateway.address).post("/graphql", &[], QUERY).await;
    assert_eq!(reply.data()["product"]["name"], "Table");
}

#[tokio::test]
async fn the_graph_is_served_under_every_prefix() {
    let http = HttpConfig { prefixes: vec!["/api/v2/shop".to_owned()], ..HttpConfig::default() };
    let gateway = start(Config { http, ..Config::default() }).await;
    let reply = gateway.client.post("/api/v2/shop/graphql", &[], QUERY).await;
    assert_eq!(reply.data()["product"]["name"], "Table");
    let reply = gateway.client.post("/api/v1/shop/graphql", &[], QUERY).await;
    reply.refused(404, "NOT_FOUND", "nothing is served at this path; the graph is at `/graphql`");
}

#[tokio::test]
async fn the_media_type_decides_the_status_of_refused_operations() {
    let gateway = start(Config::default()).await;
    let refused = r#"{"query":"{ nothing }"}"#;
    for (accept, status) in [(RESPONSE, 400), ("*/*", 400), ("application/json", 200)] {
        let reply = gateway.client.post("/graphql", &[("accept", accept)], refused).await;
        let (actual, code, _) = reply.error();
        assert_eq!((actual, code.as_str()), (status, "GRAPHQL_VALIDATION_FAILED"), "{accept}: {reply:#?}");
        assert!(reply.json().get("data").is_none(), "{reply:#?}");
    }
    let reply = gateway.client.post("/graphql", &[("accept", "application/json")], QUERY).await;
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    let reply = gateway.client.post("/graphql", &[("accept", "text/html")], QUERY).await;
    let message = "answers are `application/graphql-response+json` or `application/json`; accept one of them";
    reply.refused(406, "NOT_ACCEPTABLE", message);
}

#[tokio::test]
async fn malformed_bodies_are_refused_with_what_is_wrong() {
    let gateway = start(Config::default()).await;
    let cases = [
        ("", "the request body is not valid JSON (line 1, column 1)"),
        ("{\n  \"query\": \"{ a }\",,\n}", "the request body is not valid JSON (line 2, column 20)"),
        (r#"{"query":"{ a }"} more"#, "the request body is not valid JSON (line 1, column 19)"),
        ("[]", "a list of requests is not accepted; send one request a time"),
        ("\"{ a }\"", "`the request body` must be a JSON object"),
        ("{}", "`query` is missing; it is the GraphQL document to run"),
        (r#"{"query":null}"#, "`query` is missing; it is the GraphQL document to run"),
        (r#"{"query":7}"#, "`query` must be a string"),
        (r#"{"query":"{a}","operationName":{}}"#, "`operationName` must be a string"),
        (r#"{"query":"{a}","variables":[]}"#, "`variables` must be a JSON object"),
        (r#"{"query":"{a}","extensions":"x"}"#, "`extensions` must be a JSON object"),
    ];
    for (body, message) in cases {
        for accept in [RESPONSE, "application/json"] {
            gateway.client.post("/graphql", &[("accept", accept)], body).await.refused(
                400,
                "BAD_REQUEST",
                message,
            );
        }
    }
}

#[tokio::test]
async fn malformed_query_strings_are_refused_with_what_is_wrong() {
    let gateway = start(Config::default()).await;
    let cases = [
        ("", "`query` is missing; it is the GraphQL document to run"),
        ("?query=", "`query` is missing; it is the GraphQL document to run"),
        ("?query=%7Ba%7D&query=%7Bb%7D", "`query` must be given once"),
        ("?query=%7Ba%7D&variables=7", "`variables` must be a JSON object"),
        ("?query=%7Ba%7D&variables=%7B", "`variables` must be a JSON object"),
    ];
    for (query, message) in cases {
        let reply = gateway.client.get(&format!("/graphql{query}"), &[("accept", RESPONSE)]).await;
        reply.refused(400, "BAD_REQUEST", message);
    }
}

#[tokio::test]
async fn bodies_of_other_types_are_refused() {
    let gateway = start(Config::default()).await;
    let message = "send the request as `content-type: application/json`, in UTF-8";
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json"]
    {
        let reply = gateway.client.send(Method::POST, "/graphql", &[("content-type", kind)], QUERY).await;
        reply.refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    gateway.client.send(Method::POST, "/graphql", &[], QUERY).await.refused(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        message,
    );
    let utf8 = [("content-type", "application/json; charset=UTF-8")];
    assert_eq!(gateway.client.send(Method::POST, "/graphql", &utf8, QUERY).await.status, 200);
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let http = HttpConfig { max_body_size: ByteSize(100), ..HttpConfig::default() };
    let gateway = start(Config { http, ..Config::default() }).await;
    let body = json!({ "query": format!("{{ products {{ id }} }} #{}", "x".repeat(100)) }).to_string();
    let reply = gateway.client.post("/graphql", &[], &body).await;
    reply.refused(413, "PAYLOAD_TOO_LARGE", "the request body is larger than 100 bytes");
}

#[tokio::test]
async fn a_get_runs_queries_only() {
    let gateway = start(Config::default()).await;
    let mutation = "/graphql?query=mutation%7Brename(id:1,name:%22x%22)%7Bid%7D%7D";
    let reply = gateway.client.get(mutation, &[("accept", RESPONSE)]).await;
    let message = "a GET request runs queries only; send this operation with POST";
    reply.refused(405, "METHOD_NOT_ALLOWED", message);
    assert_eq!(reply.header("allow"), Some("POST"));
    let reply = gateway.client.query(r#"mutation { rename(id: 1, name: "Desk") { name } }"#).await;
    assert_eq!(reply.data(), json!({ "rename": { "name": "Desk" } }));
}

#[tokio::test]
async fn a_get_that_another_site_may_have_caused_is_refused() {
    let gateway = start(Config::default()).await;
    let path = "/graphql?query=%7Bproducts%7Bid%7D%7D";
    let message = "this request could come from another site's page; send the header `apollo-require-preflight: 1`, or \
                   `accept: application/json`";
    gateway.client.get(path, &[]).await.refused(403, "CSRF_PREVENTED", message);
    let cross_site = [("accept", "application/json"), ("sec-fetch-site", "cross-site")];
    gateway.client.get(path, &cross_site).await.refused(403, "CSRF_PREVENTED", message);
    assert_eq!(gateway.client.get(path, &[("apollo-require-preflight", "1")]).await.status, 200);
    assert_eq!(gateway.client.get(path, &[("accept", "application/json")]).await.status, 200);
}

#[tokio::test]
async fn other_methods_and_paths_are_refused() {
    let gateway = start(Config::default()).await;
    let reply = gateway.client.send(Method::DELETE, "/graphql", &[], "").await;
    let message = "this path does not have this method; use GET, HEAD, POST";
    reply.refused(405, "METHOD_NOT_ALLOWED", message);
    assert_eq!(reply.header("allow"), Some("GET, HEAD, POST"));
    let reply = gateway.client.post("/health", &[], "").await;
    reply.refused(405, "METHOD_NOT_ALLOWED", "this path does not have this method; use GET, HEAD");
    let reply = gateway.client.get("/", &[]).await;
    reply.refused(404, "NOT_FOUND", "nothing is served at this path; the graph is at `/graphql`");
}

#[tokio::test]
async fn introspection_is_for_development_and_known_callers() {
    let query = "{ __schema { queryType { name } } }";
    let gateway = start(Config::default()).await;
    let (status, code, _) = gateway.client.query(query).await.error();
    assert_eq!((status, code.as_str()), (400, "INTROSPECTION_DISABLED"));
    assert_eq!(gateway.client.query("{ __typename }").await.data(), json!({ "__typename": "Query" }));
    let gateway = start(dev()).await;
    assert_eq!(gateway.client.query(query).await.data()["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn the_query_plan_is_shown_on_request_in_development() {
    let wish = [("x-include-query-plan", "true")];
    let gateway = start(dev()).await;
    let reply = gateway.client.post("/graphql", &wish, QUERY).await;
    assert_eq!(reply.data()["product"]["name"], "Table");
    let json = reply.json();
    let plan = json["extensions"]["queryPlan"].as_str().unwrap();
    assert!(plan.contains("products") && plan.contains("reviews"), "{plan}");
    assert!(gateway.client.post("/graphql", &[], QUERY).await.json().get("extensions").is_none());
    let gateway = start(Config::default()).await;
    assert!(gateway.client.post("/graphql", &wish, QUERY).await.json().get("extensions").is_none());
}

#[tokio::test]
async fn the_cost_is_shown_on_request_in_development() {
    let wish = [("x-include-cost", "true")];
    let gateway = start(dev()).await;
    let query = r#"{"query":"query Q($n: Int) { product(id: 1) { name reviews(minStars: $n) { stars } } }","variables":{"n":1}}"#;
    let reply = gateway.client.post("/graphql", &wish, query).await;
    assert_eq!(reply.data()["product"]["name"], "Table");
    // An object costs 1; a list without a known size is taken to have ten.
    let field = |path: &str, coordinate: &str, times: u64, cost: u64| json!({ "path": path, "coordinate": coordinate, "times": times, "cost": cost });
    let fields =
        [field("product.reviews", "Product.reviews", 1, 10), field("product", "Query.product", 1, 1)];
    // One product has two reviews in fact.
    let cost = json!({ "estimated": 11, "actual": 3, "fields": fields });
    assert_eq!(reply.json()["extensions"], json!({ "cost": cost }));
    let gateway = start(Config::default()).await;
    assert!(gateway.client.post("/graphql", &wish, query).await.json().get("extensions").is_none());
}

#[tokio::test]
async fn the_clients_request_id_is_kept_if_it_is_plain() {
    let gateway = start(Config::default()).await;
    let reply = gateway.client.get("/health", &[("x-request-id", "order-7:check")]).await;
    assert_eq!(reply.header("x-request-id"), Some("order-7:check"));
    for odd in ["a b", "\"quoted\"", &"x".repeat(129)] {
        let reply = gateway.client.get("/health", &[("x-request-id", odd)]).await;
        assert_eq!(reply.header("x-request-id").map(str::len), Some(36), "{odd}");
    }
}

#[tokio::test]
async fn pages_of_configured_origins_may_read_answers() {
    let http = HttpConfig {
        cors_origins: vec!["https://app.example.com".to_owned()],
        cors_headers: vec!["x-own".to_owned()],
        ..HttpConfig::default()
    };
    let upstream =
        UpstreamConfig { forward_headers: vec!["x-branch".to_owned()], ..UpstreamConfig::default() };
    let gateway = start(Config { http, upstream, ..Config::default() }).await;
    let preflight = [
        ("origin", "https://app.example.com"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let reply = gateway.client.send(Method::OPTIONS, "/graphql", &preflight, "").await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://app.example.com"), "{reply:#?}");
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    let allowed = reply.header("access-control-allow-headers").unwrap();
    for name in ["authorization", "content-type", "if-none-match", "x-branch", "x-own"] {
        assert!(allowed.split(',').any(|allowed| allowed == name), "{name}: {allowed}");
    }
    let reply = gateway.client.post("/graphql", &[("origin", "https://app.example.com")], QUERY).await;
    assert!(reply.header("access-control-expose-headers").unwrap().contains("etag"), "{reply:#?}");
    let reply = gateway.client.post("/graphql", &[("origin", "https://evil.example")], QUERY).await;
    assert!(reply.header("access-control-allow-origin").is_none(), "{reply:#?}");
    let gateway = start(Config::default()).await;
    let reply = gateway.client.post("/graphql", &[("origin", "https://app.example.com")], QUERY).await;
    assert!(reply.header("access-control-allow-origin").is_none(), "{reply:#?}");
}
