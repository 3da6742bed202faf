//! W3C trace context (<https://www.w3.org/TR/trace-context/>): the ids that join the spans of one request
//! across services.

use std::fmt;

use http::{HeaderMap, HeaderName};
use uuid::Uuid;

/// The trace a request belongs to, and the span that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

impl TraceContext {
    /// The header's name.
    pub const HEADER: HeaderName = HeaderName::from_static("traceparent");

    /// The context of a request's headers with a span of our own, or a new trace.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let parent = headers.get(Self::HEADER).and_then(|value| parse(value.to_str().ok()?));
        match parent {
            Some(parent) => parent.child(),
            None => Self { trace_id: Uuid::new_v4().as_u128(), span_id: random_span(), flags: 0 },
        }
    }

    /// The context of a span that is exported.
    pub(crate) fn of(span: &traces::SpanContext) -> Self {
        Self {
            trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
            span_id: u64::from_be_bytes(span.span_id().to_bytes()),
            flags: span.trace_flags().to_u8(),
        }
    }

    /// Makes a new span a child of this one, if spans are exported.
    pub(crate) fn adopt(&self, span: &tracing::Span) {
        traces::follow(span, self.trace_id, self.span_id, self.flags & 1 == 1);
    }

    /// The context of a request made on behalf of this one.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span_id: random_span(), ..self }
    }

    /// The trace's id as 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

/// Half of a random UUID with its fixed bits left out; zero is not a span (section 3.2.2.4).
fn random_span() -> u64 {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    (high.rotate_left(32) ^ low).max(1)
}

fn parse(text: &str) -> Option<TraceContext> {
    let mut parts = text.split('-');
    let (version, trace_id, span_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lower_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths = [version.len(), trace_id.len(), span_id.len(), flags.len()] == [2, 32, 16, 2];
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    if !lengths || !known || ![version, trace_id, span_id, flags].into_iter().all(lower_hex) {
        return None;
    }
    let context = TraceContext {
        trace_id: u128::from_str_radix(trace_id, 16).ok()?,
        span_id: u64::from_str_radix(span_id, 16).ok()?,
        flags: u8::from_str_radix(flags, 16).ok()?,
    };
    (context.trace_id != 0 && context.span_id != 0).then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn from_header(value: &str) -> TraceContext {
        let mut headers = HeaderMap::new();
        headers.insert(TraceContext::HEADER, value.parse().unwrap());
        TraceContext::from_headers(&headers)
    }

    #[test]
    fn a_trace_is_continued_with_a_span_of_its_own() {
        let context = from_header(PARENT);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(context.to_string().ends_with("-01"), "{context}");
        assert!(!context.to_string().contains("00f067aa0ba902b7"), "{context}");
        assert_ne!(context.child().to_string(), context.to_string());
        assert_eq!(context.child().trace_id(), context.trace_id());
    }

    #[test]
    fn what_is_no_trace_context_starts_a_new_trace() {
        let invalid = [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ];
        for value in invalid {
            let context = from_header(value);
            assert_ne!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736", "{value}");
            assert_ne!(context.trace_id, 0, "{value}");
        }
    }
}
