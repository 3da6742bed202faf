//! The spans of a request: names, kinds and attributes as the semantic conventions of OpenTelemetry have them
//! (<https://opentelemetry.io/docs/specs/semconv/>).
//!
//! Where spans are not exported, only that of the request is made, and that only if lines of the log take their request
//! from it: a span takes about a microsecond, and part of that each time the work on its request goes on.
//!
//! No attribute holds a variable, a literal of a document, a header or a part of a URL that a client chose freely.

use std::sync::atomic::{AtomicBool, Ordering};

use federation::execute::SubgraphRequest;
use federation::plan::query_plan::OperationKind;
use http::{HeaderMap, Method, Uri};
use tracing::field::{Empty, display};
use tracing::{Span, debug_span, info_span};

use super::TraceContext;
use crate::layers::AccessNote;

/// Lines are told which request they belong to without a span.
static LINES_KNOW_REQUESTS: AtomicBool = AtomicBool::new(false);

/// From now on, the writer of lines knows which request is worked on.
pub(super) fn lines_know_requests() {
    LINES_KNOW_REQUESTS.store(true, Ordering::Relaxed);
}

/// The span of a client's request, and its context: a child of the client's, if the client has one.
pub(crate) fn request(id: &str, method: &Method, route: &str, headers: &HeaderMap) -> (Span, TraceContext) {
    if !traces::is_on() {
        let trace = TraceContext::from_headers(headers);
        let span = if LINES_KNOW_REQUESTS.load(Ordering::Relaxed) {
            Span::none()
        } else {
            info_span!("request", request_id = id, trace_id = %trace.trace_id(), %method, route)
        };
        return (span, trace);
    }
    let span = info_span!(
        "request",
        otel.kind = "server",
        otel.name = Empty,
        request_id = id,
        trace_id = Empty,
        http.request.method = method_name(method),
        http.route = Empty,
        url.scheme = "http",
    );
    if route == NO_ROUTE {
        span.record("otel.name", method_name(method));
    } else {
        span.record("otel.name", display(format_args!("{} {route}", method_name(method))));
        span.record("http.route", route);
    }
    let context = traces::begin(&span, headers);
    let trace = context.as_ref().map_or_else(|| TraceContext::from_headers(headers), TraceContext::of);
    span.record("trace_id", trace.trace_id());
    (span, trace)
}

/// What stands for the route of a request that has none.
pub(crate) const NO_ROUTE: &str = "-";

/// The span of a probe: seen in debug logs only.
pub(crate) fn probe(id: &str, method: &Method, route: &str) -> Span {
    debug_span!("request", request_id = id, %method, route)
}

/// What the answer's head says of a request.
pub(crate) fn answered(span: &Span, status: u16, note: &AccessNote) {
    if !traces::is_on() {
        return;
    }
    traces::set(span, "http.response.status_code", i64::from(status));
    if let Some(operation) = &note.operation {
        traces::set(span, "graphql.operation.name", String::from(&**operation));
    }
    if let Some(kept) = note.kept {
        traces::set(span, "gateway.answer_cache", kept.as_str());
    }
    if status >= 500 {
        traces::fail(span, status.to_string());
    }
}

/// The span of one operation of a WebSocket.
pub(crate) fn websocket_operation(request_id: &str, trace: &TraceContext) -> Span {
    if !traces::is_on() {
        return Span::none();
    }
    let span = info_span!(parent: None, "websocket operation", otel.kind = "server", request_id);
    trace.adopt(&span);
    span
}

/// The span around the execution of an operation.
pub(crate) fn execution(name: Option<&str>, kind: OperationKind) -> Span {
    if !traces::is_on() {
        return Span::none();
    }
    let span = info_span!("execute");
    traces::set(&span, "graphql.operation.type", kind_name(kind));
    if let Some(name) = name {
        traces::set(&span, "graphql.operation.name", name.to_owned());
    }
    span
}

/// The span around the finding of an operation's plan.
pub(crate) fn prepare() -> Span {
    if traces::is_on() { info_span!("prepare") } else { Span::none() }
}

/// The span around the opening of a subscription.
pub(crate) fn subscribe() -> Span {
    if traces::is_on() { info_span!("subscribe") } else { Span::none() }
}

/// The span around the making of an answer's head and body.
pub(crate) fn respond() -> Span {
    if traces::is_on() { info_span!("respond") } else { Span::none() }
}

/// The span of one request to a subgraph; `again` is how often it was sent before.
pub(crate) fn subgraph_request(request: &SubgraphRequest<'_>, uri: &Uri, again: u32) -> Span {
    if !traces::is_on() {
        return Span::none();
    }
    let (subgraph, operation) = (request.subgraph, request.operation.name.as_deref());
    let span = info_span!(
        "subgraph_request",
        otel.kind = "client",
        otel.name = %format_args!("POST {subgraph}"),
        subgraph.name = subgraph,
        graphql.operation.name = operation,
        graphql.operation.type = kind_name(request.operation.kind),
        http.request.method = "POST",
        server.address = uri.host(),
        server.port = uri.port_u16().or_else(|| default_port(uri)),
    );
    if again > 0 {
        traces::set(&span, "http.request.resend_count", i64::from(again));
    }
    span
}

/// The span of a subscription's opening at a subgraph.
pub(crate) fn subgraph_subscription(request: &SubgraphRequest<'_>) -> Span {
    if !traces::is_on() {
        return Span::none();
    }
    let subgraph = request.subgraph;
    info_span!(
        "subgraph_subscription",
        otel.kind = "client",
        otel.name = %format_args!("subscribe {subgraph}"),
        subgraph.name = subgraph,
        graphql.operation.name = request.operation.name.as_deref(),
        graphql.operation.type = "subscription",
    )
}

fn default_port(uri: &Uri) -> Option<u16> {
    match uri.scheme_str() {
        Some("https") => Some(443),
        _ => Some(80),
    }
}

/// Methods that are none are not told apart: anybody can invent one.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "_OTHER",
    }
}

fn kind_name(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    }
}
