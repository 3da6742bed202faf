//! A request's identity and its line in the log.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use super::measured::{Kept, Measured};
use crate::answers::AnswerUse;
use crate::app::Gateway;
use crate::http::{MediaType, negotiate};
use crate::telemetry::metrics::{self, Active};
use crate::telemetry::{Account, Identity, TraceContext, spans};

/// The header that carries a request's id, in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// In place of a status that nobody received: the client went away first. No standard has a number for it; this one is what
/// other servers write.
const CLIENT_GONE: u16 = 499;

/// A request's identity, for everyone who handles it.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    pub(crate) id: Arc<str>,
    pub(crate) trace: TraceContext,
    pub(crate) deadline: Instant,
    pub(crate) account: Arc<Account>,
    /// The other end of the connection; `None` where an embedder does not tell.
    pub(crate) peer: Option<IpAddr>,
}

impl RequestInfo {
    /// The identity [`access`] gave to a request.
    pub(crate) fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self {
            id: Uuid::now_v7().to_string().into(),
            trace: TraceContext::from_headers(request.headers()),
            deadline: Instant::now(),
            account: Account::new(None, false),
            peer: peer(request),
        })
    }
}

/// What a handler adds to the log line.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessNote {
    pub(crate) operation: Option<Arc<str>>,
    pub(crate) errors: usize,
    /// It is stored here, or named in the configuration.
    pub(crate) is_known: bool,
    /// How the answer came about, where answers like it are kept.
    pub(crate) kept: Option<AnswerUse>,
}

/// Names the request, opens its span, and logs it when it is answered: at the end of the answer's body, until which the
/// request has its place among those in work.
pub(crate) async fn access(
    State(gateway): State<Arc<Gateway>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // HTTP/2 has a way of its own to say that a connection ends.
    let ends_connections = request.version() < Version::HTTP_2;
    // The route and not the path, so that what strangers ask for neither fills nor splits the log.
    let route = request.extensions().get::<MatchedPath>().map_or(spans::NO_ROUTE, MatchedPath::as_str);
    let route: Arc<str> = route.into();

    // Probes come every few seconds, and most when there is too much to do.
    let is_probe = matches!(&*route, "/health" | "/ready");
    let (span, trace) = if is_probe {
        (spans::probe(&id, &method, &route), TraceContext::from_headers(request.headers()))
    } else {
        spans::request(&id, &method, &route, request.headers())
    };
    let identity = Identity { request_id: id.clone(), trace, method: method.clone(), route: route.clone() };
    let account = Account::new(Some(identity), gateway.slow_operations.is_some());
    let deadline = started + gateway.http.request_timeout.0;
    let info = RequestInfo { id, trace, deadline, account: account.clone(), peer: peer(&request) };
    let announced = length(request.headers());
    request.extensions_mut().insert(info.clone());
    let line =
        Line { info, method, route, is_probe, started, announced, status: None, note: AccessNote::default() };
    let active = (!is_probe).then(Active::begin);
    // From here on, the request has its line, also when its client goes away and this is dropped.
    let mut ended = Ended { line, bytes: 0, complete: false, place: None, _active: active };
    let place = if is_probe { Ok(None) } else { gateway.shared.begin_request(&gateway.http).await.map(Some) };
    let mut response = match place {
        Ok(place) => {
            ended.place = place;
            account.clone().scope(next.run(request)).instrument(span.clone()).await
        }
        Err(rejection) => {
            metrics::shed();
            let media = negotiate(request.headers()).unwrap_or(MediaType::Json);
            rejection.respond(media, &ended.line.info.id)
        }
    };

    if let Ok(value) = HeaderValue::from_str(&ended.line.info.id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if ends_connections && gateway.shared.is_stopping() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(level) = account.budget() {
        level.write(response.headers_mut());
    }
    let note = response.extensions().get::<AccessNote>().cloned().unwrap_or_default();
    let status = response.status().as_u16();
    if !is_probe {
        metrics::answered(&note, status, started.elapsed());
    }
    spans::answered(&span, status, &note);
    (ended.line.status, ended.line.note) = (Some(status), note);
    match response.body().size_hint().exact() {
        // Nothing is left to do.
        Some(bytes) => {
            (ended.bytes, ended.complete) = (bytes, true);
            drop(ended);
            response
        }
        None => {
            ended.complete = ended.line.method == Method::HEAD;
            let kept = Kept { span, account, ended };
            response.map(|body| Body::new(Measured::new(body, kept)))
        }
    }
}

/// The end of a request, which is told when this is dropped.
pub(super) struct Ended {
    line: Line,
    /// Of the answer's body, as it is sent.
    pub(super) bytes: u64,
    /// Nothing of it is missing.
    pub(super) complete: bool,
    place: Option<OwnedSemaphorePermit>,
    _active: Option<Active>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let line = &self.line;
        if line.status.is_none() && !line.is_probe {
            metrics::answered(&line.note, CLIENT_GONE, line.started.elapsed());
        }
        line.write(self.bytes, self.complete);
    }
}

/// A line of the log.
struct Line {
    info: RequestInfo,
    method: Method,
    route: Arc<str>,
    is_probe: bool,
    started: Instant,
    /// The length of the request's body by its head.
    announced: Option<u64>,
    /// `None` until there is an answer.
    status: Option<u16>,
    note: AccessNote,
}

impl Line {
    fn write(&self, response_bytes: u64, complete: bool) {
        let Self { info, method, route, is_probe, started, announced, status, note } = self;
        let RequestInfo { id, trace, account, .. } = info;
        let duration_ms = milliseconds(started.elapsed());
        let (status, cut_off) = (status.unwrap_or(CLIENT_GONE), (!complete).then_some(true));
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "gateway::access",
                    request_id = %id, trace_id = %trace.trace_id(), %method, route = &**route, status, duration_ms,
                    operation = note.operation.as_deref(), errors = note.errors, caller = account.caller(),
                    request_bytes = announced.unwrap_or_else(|| account.request_bytes()), response_bytes, cut_off,
                    subgraph_calls = account.calls(), subgraph_bytes = account.subgraph_bytes(),
                    plan = account.plan(), cache = note.kept.map(AnswerUse::as_str), "request"
                )
            };
        }
        if *is_probe { line!(debug) } else { line!(info) }
    }
}

/// A duration as log lines have it.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
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
