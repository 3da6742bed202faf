//! What is told of a span beside its name: ids, attributes and its place in a trace.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, Value};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

static ON: AtomicBool = AtomicBool::new(false);

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

pub(crate) fn turn_on(tracer: SdkTracer) {
    // A second exporter of a process gets the spans of tracing, but not the statements.
    let _ = TRACER.set(tracer);
    ON.store(true, Ordering::Relaxed);
}

pub(crate) fn tracer() -> Option<&'static SdkTracer> {
    if is_on() { TRACER.get() } else { None }
}

/// Whether spans are exported.
pub fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Makes a new span part of the trace that a request's headers name, if they do, and returns its own context. `None` when
/// spans are not exported.
pub fn begin(span: &Span, headers: &HeaderMap) -> Option<SpanContext> {
    if !is_on() {
        return None;
    }
    let parent =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    if parent.span().span_context().is_valid() {
        // It fails where the layer does not see the span, which then has no context.
        let _ = span.set_parent(parent);
    }
    context(span)
}

/// Makes a new span the child of a span that may have ended. The ids are those of a trace and a span.
pub fn follow(span: &Span, trace_id: u128, span_id: u64, sampled: bool) {
    if is_on() {
        let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
        let parent = SpanContext::new(trace_id, span_id, flags, false, TraceState::default());
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// The context of a span; `None` when it is not exported.
pub fn context(span: &Span) -> Option<SpanContext> {
    let context = is_on().then(|| span.context().span().span_context().clone());
    context.filter(SpanContext::is_valid)
}

/// Writes the context of a span to the headers of a request that is made in it; false when it has none.
pub fn inject(span: &Span, headers: &mut HeaderMap) -> bool {
    if !is_on() {
        return false;
    }
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return false;
    }
    TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(headers));
    true
}

/// Adds an attribute to a span.
pub fn set(span: &Span, name: &'static str, value: impl Into<Value>) {
    if is_on() {
        span.set_attribute(name, value);
    }
}

/// Marks a span as one of something that failed. `kind` is one of a closed set: a status or a code.
pub fn fail(span: &Span, kind: impl Into<Value>) {
    if is_on() {
        span.set_attribute("error.type", kind);
        span.set_status(Status::error(""));
    }
}
