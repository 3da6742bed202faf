//! Answers that are kept: whom they are given to, how old they are, and what is not kept at all.
//!
//! The subgraph answers every question with a number that is one higher than the one before, so that two answers with
//! the same number are one answer.

mod ages;
mod audiences;
mod bodies;
mod bounds;
mod replicas;
mod together;
mod unfit;
mod ways;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Json;
use axum::response::{IntoResponse, Response};
use gateway::config::{Anonymous, AnswersConfig, CacheConfig, CallerConfig, Config};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::harness::{Reply, TestGateway, caller_config, serve_router};

const COUNTS: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.5", import: [
    "@key", "@composeDirective", "@tag", "@authenticated", "@requiresScopes"
  ])
  @link(url: "https://specs.example/cacheControl/v0.1", import: ["@cacheControl"])
  @composeDirective(name: "@cacheControl")
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum CacheControlScope { PUBLIC PRIVATE }
type Query {
  open: Int! @cacheControl(maxAge: 600, scope: PUBLIC)
  some: Int! @cacheControl(maxAge: 600)
  mine: Int! @cacheControl(maxAge: 600, scope: PRIVATE)
  short: Int! @cacheControl(maxAge: 1, scope: PUBLIC)
  never: Int!
  of(number: Int, filter: Filter): Int! @cacheControl(maxAge: 600, scope: PUBLIC)
  known: Int @cacheControl(maxAge: 600, scope: PUBLIC) @authenticated
  scoped: Int @cacheControl(maxAge: 600, scope: PUBLIC) @requiresScopes(scopes: [["read"]])
  internal: Int @cacheControl(maxAge: 600, scope: PUBLIC) @tag(name: "internal")
  broken: Int @cacheControl(maxAge: 600, scope: PUBLIC)
  text(length: Int!): String! @cacheControl(maxAge: 600, scope: PUBLIC)
}
input Filter { a: Int b: Int }
type Mutation { change: Int! }
"#;

/// The subgraph.
async fn counts() -> String {
    let count = Arc::new(AtomicI64::new(0));
    let router = axum::Router::new().fallback(move |body: String| {
        let count = count.clone();
        async move { count_up(&count, &body) }
    });
    format!("http://{}/graphql", serve_router(router).await)
}

/// Answers every field that a request names with the next number.
fn count_up(count: &AtomicI64, body: &str) -> Response {
    let request: Value = serde_json::from_str(body).unwrap();
    let query = request["query"].as_str().unwrap().replace(": ", ":");
    let next = || count.fetch_add(1, Ordering::Relaxed);
    let fields = ["open", "some", "mine", "short", "never", "of", "known", "scoped", "internal", "change"];
    let mut data = serde_json::Map::new();
    for name in words(&query) {
        // `alias:open` and `open` are both told by the name they are answered under.
        let (alias, field) = name.split_once(':').unwrap_or((name, name));
        if fields.contains(&field) {
            data.insert(alias.to_owned(), next().into());
        } else if field == "text" {
            let length = words(&query).find_map(|word| word.strip_prefix("length:")?.parse::<usize>().ok());
            data.insert(alias.to_owned(), "long text ".repeat(length.unwrap() / 10).into());
        }
    }
    let mut headers = HeaderMap::new();
    headers.insert("x-served", "by counts".parse().unwrap());
    headers.insert("set-cookie", "a=b".parse().unwrap());
    let broken = words(&query).any(|word| word == "broken");
    let errors = broken.then(|| json!([{ "message": "it broke", "path": ["broken"] }]));
    let mut answer = json!({ "data": data });
    if let Some(errors) = errors {
        answer["data"]["broken"] = Value::Null;
        answer["errors"] = errors;
    }
    (headers, Json(answer)).into_response()
}

/// The names in a query as the engine writes it, without arguments.
fn words(query: &str) -> impl Iterator<Item = &str> {
    query.split(|letter: char| !(letter.is_alphanumeric() || letter == ':' || letter == '_'))
}

/// Answers are kept; callers may be known or not.
fn config() -> Config {
    Config {
        callers: CallerConfig { anonymous: Some(Anonymous::Allow), ..caller_config() },
        cache: CacheConfig { answers: AnswersConfig { enabled: true, ..AnswersConfig::default() } },
        ..Config::default()
    }
}

async fn start(config: Config) -> TestGateway {
    TestGateway::start(config, &[("counts", COUNTS, &counts().await)]).await
}

/// What a client sends besides its query.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn bearer(token: &str) -> [(&str, &str); 1] {
    [("authorization", token)]
}

/// Posts a query.
async fn ask(gateway: &TestGateway, query: &str, headers: Headers<'_>) -> Reply {
    gateway.client.query_with(query, headers).await
}

/// Whether an answer was kept: then it tells its age.
fn is_kept(reply: &Reply) -> bool {
    reply.header("age").is_some()
}
