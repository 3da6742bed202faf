//! HTTP towards clients: every route and every layer, in order.

mod accept;
mod answer;
mod batch;
mod caching;
mod cors;
mod csrf;
mod decode;
mod deliver;
mod encoding;
mod events;
mod explorer;
mod graphql;
mod health;
mod insight;
mod limits;
mod multipart;
mod pages;
mod registry;
mod rejection;
mod run;
mod schema;
mod server_sent;
mod stored;
mod tables;
mod task;
mod uploads;
mod validate;
mod websocket;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use tower::ServiceBuilder;
use tower::util::option_layer;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::decompression::RequestDecompressionLayer;

pub(crate) use self::accept::{MediaType, negotiate};
pub(crate) use self::caching::{tag, vary};
pub(crate) use self::decode::read_body;
pub(crate) use self::encoding::Encoding;
pub(crate) use self::health::readiness;
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

/// Decodes compressed requests. Bodies are bounded where they are read, after this; what cannot be decoded goes on to be
/// refused in the form clients expect.
fn decompression() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new().pass_through_unaccepted(true)
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
            .route(&format!("{prefix}{GRAPH}/schema"), read(get(schema::schema)))
            .route(&format!("{prefix}{GRAPH}/validate"), write(post(validate::validate)))
            .route(&format!("{prefix}{GRAPH}/operations"), read(get(stored::list)))
            .route(&format!("{prefix}{GRAPH}/registry"), read(get(registry::list)))
            .route(&format!("{prefix}{GRAPH}/registry/{{id}}"), administer(registry::operation))
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
        .layer(
            ServiceBuilder::new()
                .layer(decompression())
                .map_request(|request: Request<_>| request.map(Body::new)),
        )
        .layer(option_layer(cors::layer(&gateway.http, &gateway.request_headers.names())))
        .layer(from_fn(layers::catch_panic))
        // Outermost: every answer has a request id and a line in the log, whatever made it.
        .layer(from_fn_with_state(gateway.clone(), layers::access))
        .with_state(gateway)
}

fn read(route: MethodRouter<Arc<Gateway>>) -> MethodRouter<Arc<Gateway>> {
    route.fallback(|request: Request| async { reject(Rejection::MethodNotAllowed("GET, HEAD"), request) })
}

fn write(route: MethodRouter<Arc<Gateway>>) -> MethodRouter<Arc<Gateway>> {
    route.fallback(|request: Request| async { reject(Rejection::MethodNotAllowed("POST"), request) })
}

fn read_and_write(route: MethodRouter<Arc<Gateway>>) -> MethodRouter<Arc<Gateway>> {
    route.fallback(|request: Request| async {
        reject(Rejection::MethodNotAllowed("GET, HEAD, POST"), request)
    })
}

fn administer<H, T>(handler: H) -> MethodRouter<Arc<Gateway>>
where
    H: Handler<T, Arc<Gateway>> + Clone,
    T: 'static,
{
    get(handler.clone()).put(handler.clone()).delete(handler).fallback(|request: Request| async {
        reject(Rejection::MethodNotAllowed("GET, HEAD, PUT, DELETE"), request)
    })
}

async fn not_found(State(_): State<Arc<Gateway>>, request: Request) -> Response {
    reject(Rejection::NotFound, request)
}

#[expect(clippy::needless_pass_by_value, reason = "called at the end of a request")]
fn reject(rejection: Rejection, request: Request) -> Response {
    let media = negotiate(request.headers()).unwrap_or(MediaType::Json);
    rejection.respond(media, &RequestInfo::of(&request).id)
}
