//! SQL statements as spans.

use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::span;

/// The longest text of a statement, in bytes: those over many rows name a parameter for each value.
const MAX_TEXT: usize = 2048;

/// Tells of a statement that has just ended, as a child of the span around it. `text` is without values of parameters;
/// `system` is a name such as `postgresql`.
pub fn statement(system: &'static str, text: &str, took: Duration, failed: bool) {
    let Some(tracer) = span::tracer() else { return };
    let parent = Span::current().context();
    if !parent.span().span_context().is_sampled() {
        return;
    }
    let now = SystemTime::now();
    let operation = operation(text);
    let attributes = vec![
        KeyValue::new("db.system.name", system),
        KeyValue::new("db.operation.name", operation.clone()),
        KeyValue::new("db.query.text", text[..text.floor_char_boundary(MAX_TEXT)].to_owned()),
    ];
    let mut span = tracer
        .span_builder(operation)
        .with_kind(SpanKind::Client)
        .with_start_time(now.checked_sub(took).unwrap_or(now))
        .with_attributes(attributes)
        .start_with_context(tracer, &parent);
    if failed {
        // What the database says of a failure may quote values.
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(now);
}

/// The statement's first word.
fn operation(text: &str) -> String {
    let word = text.split(|character: char| !character.is_ascii_alphabetic()).find(|word| !word.is_empty());
    word.unwrap_or("SQL").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_its_first_word() {
        let cases =
            [("select 1", "SELECT"), ("  WITH a AS (..)", "WITH"), ("(SELECT 1)", "SELECT"), ("", "SQL")];
        for (text, expected) in cases {
            assert_eq!(operation(text), expected, "{text}");
        }
    }
}
