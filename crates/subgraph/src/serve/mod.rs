//! HTTP around a service: `/graphql`, for subscriptions as a WebSocket, `/health`, `/ready`, and the directory's feed
//! where it is published.

mod socket;

use std::future::Future;
use std::sync::Arc;

use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::extract::{DefaultBodyLimit, FromRef, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{Instrument, Span};

use crate::caller::token::HEADER;
use crate::directory::follow::ChangeSource;
use crate::service::Service;

/// The largest request body, in bytes: entity lookups carry many representations.
const MAX_BODY_BYTES: usize = 16 << 20;

/// What the routes answer from.
#[derive(Clone, FromRef)]
struct Served {
    service: Arc<Service>,
    /// Becomes true when the service stops.
    stopping: watch::Receiver<bool>,
}

/// All routes of a service.
pub fn router(service: Arc<Service>) -> Router {
    routes(service, watch::channel(false).1)
}

/// All routes of a service; sockets end when it is stopping.
fn routes(service: Arc<Service>, stopping: watch::Receiver<bool>) -> Router {
    let router = Router::new()
        .route("/graphql", post(graphql).get(socket::upgrade))
        .route("/health", get(|| async { "ok" }))
        .route("/ready", get(ready));
    let router =
        if service.publishes_directory { router.route("/directory/changes", get(changes)) } else { router };
    router.layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(Served { service, stopping })
}

/// Serves until `shutdown` completes, then finishes requests in flight and ends subscriptions.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let shutdown = async move {
        shutdown.await;
        stop.send_replace(true);
    };
    axum::serve(listener, routes(service, stopping)).with_graceful_shutdown(shutdown).await
}

async fn graphql(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> GraphQLResponse {
    let span = request_span(&headers);
    service.execute(token(&headers), request.into_inner()).instrument(span).await.into()
}

/// The span of a request, below that of whoever sent it.
fn request_span(headers: &HeaderMap) -> Span {
    if !traces::is_on() {
        return Span::none();
    }
    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        otel.name = "POST /graphql",
        http.request.method = "POST",
        http.route = "/graphql",
    );
    traces::begin(&span, headers);
    span
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.is_ready().await {
        "ready".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
    }
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: i64,
}

async fn changes(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Query(query): Query<After>,
) -> Response {
    if let Err(error) = service.require_service(token(&headers)) {
        return (StatusCode::UNAUTHORIZED, error.to_string()).into_response();
    }
    match service.database.changes_after(query.after).await {
        Ok(changes) => Json(changes).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot read the directory's feed");
            (StatusCode::INTERNAL_SERVER_ERROR, "cannot read the directory's feed").into_response()
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(HEADER).and_then(|value| value.to_str().ok())
}
