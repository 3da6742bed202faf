//! A request's identity and its line in the log.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use crate::app::Gateway;
use crate::http::{MediaType, negotiate};
use crate::telemetry::metrics::{self, Active};
use crate::telemetry::{TraceContext, spans};

/// The header that carries a request's id, in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's identity, for everyone who handles it.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    pub(crate) id: Arc<str>,
    pub(crate) trace: TraceContext,
    pub(crate) deadline: Instant,
}

impl RequestInfo {
    /// The identity [`access`] gave to a request.
    pub(crate) fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self {
            id: Uuid::now_v7().to_string().into(),
            trace: TraceContext::from_headers(request.headers()),
            deadline: Instant::now(),
        })
    }
}

/// What a handler adds to the log line.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessNote {
    pub(crate) operation: Option<Arc<str>>,
    pub(crate) errors: usize,
}

/// Names the request, opens its span, and logs it when it is answered.
pub(crate) async fn access(
    State(gateway): State<Arc<Gateway>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The route and not the path, so that what strangers ask for neither fills nor splits the log.
    let route = request.extensions().get::<MatchedPath>().map_or(spans::NO_ROUTE, MatchedPath::as_str);
    let route = route.to_owned();

    // Probes come every few seconds, and most when there is too much to do.
    let is_probe = matches!(route.as_str(), "/health" | "/ready");
    let (span, trace) = if is_probe {
        (spans::probe(&id, &method, &route), TraceContext::from_headers(request.headers()))
    } else {
        spans::request(&id, &method, &route, request.headers())
    };
    let info = RequestInfo { id, trace, deadline: started + gateway.http.request_timeout.0 };
    request.extensions_mut().insert(info.clone());
    let active = Active::begin();
    let place = if is_probe { Ok(None) } else { gateway.shared.begin_request().map(Some) };
    let mut response = match place {
        Ok(_place) => next.run(request).instrument(span.clone()).await,
        Err(rejection) => {
            metrics::shed();
            let media = negotiate(request.headers()).unwrap_or(MediaType::Json);
            rejection.respond(media, &info.id)
        }
    };

    if let Ok(value) = HeaderValue::from_str(&info.id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let note = response.extensions().get::<AccessNote>().cloned().unwrap_or_default();
    let status = response.status().as_u16();
    let took = started.elapsed();
    let duration_ms = took.as_secs_f64() * 1000.0;
    drop(active);
    if !is_probe {
        metrics::answered(note.operation.as_ref(), status, note.errors, took);
    }
    let operation = note.operation.as_deref();
    spans::answered(&span, status, operation);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "gateway::access",
                request_id = %info.id, trace_id = %info.trace.trace_id(), %method, route, status, duration_ms, operation,
                errors = note.errors, "request"
            )
        };
    }
    if is_probe {
        line!(debug)
    } else {
        line!(info)
    }
    response
}

/// The client's id if it is fit for logs and headers, else a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given.filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(plain)) {
        Some(id) => id.into(),
        None => Uuid::now_v7().to_string().into(),
    }
}
