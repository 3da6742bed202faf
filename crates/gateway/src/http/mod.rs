//! HTTP towards clients: every route and every layer, in order.

mod accept;
mod csrf;
mod decode;
mod events;
mod explorer;
mod graphql;
mod health;
mod multipart;
mod pages;
mod query_plan;
mod rejection;
mod run;
mod server_sent;
mod stored;
mod tables;
mod websocket;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use tower::util::option_layer;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::cors::{AllowOrigin, CorsLayer};

pub(crate) use self::accept::MediaType;
pub(crate) use self::decode::read_body;
pub(crate) use self::rejection::Rejection;
use crate::app::Gateway;
use crate::layers::{self, RequestInfo};

/// Where the graph is served, below each prefix.
const GRAPH: &str = "/graphql";

/// Compresses answers, but for those in several payloads: they are not to be held back until there is enough to compress.
fn compression() -> CompressionLayer<impl Predicate> {
    let whole = DefaultPredicate::new().and(NotForContentType::const_new(multipart::ESSENCE));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(whole)
}

/// The gateway as an axum router, for embedders that serve it beside routes of their own.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let mut router =
        Router::new().route("/health", read(get(health::health))).route("/ready", read(get(health::ready)));
    for prefix in std::iter::once("").chain(gateway.http.prefixes.iter().map(String::as_str)) {
        let graph = read_and_write(get(graphql::graphql).post(graphql::graphql));
        let stored = read_and_write(get(stored::run).post(stored::run));
        router = router
            .route(&format!("{prefix}{GRAPH}"), graph)
            .route(&format!("{prefix}{GRAPH}/operations"), read(get(stored::list)))
            .route(&format!("{prefix}{GRAPH}/operations.html"), read(get(pages::index)))
            .route(&format!("{prefix}{GRAPH}/operations/{{id}}"), stored);
    }
    if gateway.http.explorer.when(gateway.dev) {
        router = router
            .route("/", read(get(explorer::page)))
            .route("/explorer/{file}", read(get(explorer::asset)));
    }
    // The last layer added is the first a request meets.
    router
        .fallback(not_found)
        .layer(compression())
        .layer(option_layer(cors(&gateway.http.cors_origins)))
        .layer(from_fn(layers::catch_panic))
        // Outermost: every answer has a request id and a line in the log, whatever made it.
        .layer(from_fn_with_state(gateway.clone(), layers::access))
        .with_state(gateway)
}

fn read(route: MethodRouter<Arc<Gateway>>) -> MethodRouter<Arc<Gateway>> {
    route.fallback(|request: Request| async { reject(Rejection::MethodNotAllowed("GET, HEAD"), request) })
}

fn read_and_write(route: MethodRouter<Arc<Gateway>>) -> MethodRouter<Arc<Gateway>> {
    route.fallback(|request: Request| async {
        reject(Rejection::MethodNotAllowed("GET, HEAD, POST"), request)
    })
}

async fn not_found(State(_): State<Arc<Gateway>>, request: Request) -> Response {
    reject(Rejection::NotFound, request)
}

#[expect(clippy::needless_pass_by_value, reason = "called at the end of a request")]
fn reject(rejection: Rejection, request: Request) -> Response {
    let media = accept::negotiate(request.headers()).unwrap_or(MediaType::Json);
    rejection.respond(media, &RequestInfo::of(&request).id)
}

/// Which pages of other origins may read answers; by default none.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("apollo-require-preflight"),
            HeaderName::from_static("x-apollo-operation-name"),
            HeaderName::from_static("x-graphql-client-name"),
            HeaderName::from_static("x-request-id"),
            query_plan::HEADER,
        ])
        .expose_headers([HeaderName::from_static("x-request-id")])
        .max_age(std::time::Duration::from_secs(3600));
    Some(layer)
}
