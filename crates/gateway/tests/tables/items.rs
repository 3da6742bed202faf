//! A subgraph with a very long list, answered without a GraphQL server so that it is fast.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;

use crate::harness::serve_router;

/// The schema, as composed.
pub(super) const SDL: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
type Query { items(after: String): ItemConnection }
type ItemConnection { nodes: [Item!]! pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Item { id: Int! text: String! }
"#;

/// The only operation.
pub(super) const OPERATION: &str =
    "query Items($after: String) { items(after: $after) { nodes { id text } } }";

/// Rows of a page.
pub(super) const PAGE: usize = 10_000;

/// What the service does.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    pub(super) pages: usize,
    /// The first page that is not answered, from 0.
    pub(super) fails_at: Option<usize>,
    /// Pages that were asked for.
    pub(super) asked: Arc<AtomicUsize>,
}

/// Serves as long as the test lives.
pub(super) async fn serve(items: Items) -> String {
    let router = Router::new().route("/graphql", post(answer)).with_state(items);
    format!("http://{}/graphql", serve_router(router).await)
}

async fn answer(State(items): State<Items>, body: String) -> Response {
    items.asked.fetch_add(1, Ordering::SeqCst);
    let request: Value = serde_json::from_str(&body).unwrap();
    assert!(request["query"].as_str().unwrap().contains("tablePageInfo"), "{body}");
    let page: usize = request["variables"]["after"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
    if items.fails_at == Some(page) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut text = String::from(r#"{"data":{"items":{"nodes":["#);
    for row in 0..PAGE {
        let comma = if row > 0 { "," } else { "" };
        let id = page * PAGE + row;
        write!(text, r#"{comma}{{"id":{id},"text":"an item of a long list"}}"#).unwrap();
    }
    let more = page + 1 < items.pages;
    write!(text, r#"],"tablePageInfo":{{"hasNextPage":{more},"endCursor":"{}"}}}}}}}}"#, page + 1).unwrap();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
