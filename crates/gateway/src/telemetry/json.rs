//! Log lines as JSON objects: an event's fields between its time and its target, and the fields of its span, or what the
//! span of its request would have.
//!
//! Every request has a line, so a line costs what its bytes do: values go straight into it, and the fields of a span are
//! written as JSON once, when it begins.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};
use tracing_log::NormalizeEvent;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::account::{Account, Identity};

/// The format.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // What libraries tell by way of `log` hides where it comes from.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        line.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut line)?;
        write!(line, "\",\"level\":\"{}\"", metadata.level())?;
        let mut fields = Fields { line: line.by_ref(), follows: true, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        line.write_str(",\"target\":")?;
        text(&mut line, metadata.target())?;
        if let Some(span) =
            event.parent().and_then(|id| context.span(id)).or_else(|| context.lookup_current())
        {
            line.write_str(",\"span\":{")?;
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<N>>().filter(|fields| !fields.is_empty()) {
                write!(line, "{fields},")?;
            }
            line.write_str("\"name\":")?;
            text(&mut line, span.name())?;
            line.write_char('}')?;
        } else {
            Account::identify(|identity| request(&mut line, identity)).transpose()?;
        }
        line.write_str("}\n")
    }
}

/// The fields of a span: members of an object, without its braces.
impl<'writer> FormatFields<'writer> for Json {
    fn format_fields<R: RecordFields>(&self, line: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Fields { line, follows: false, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &span::Record<'_>,
    ) -> fmt::Result {
        let follows = !current.fields.is_empty();
        let mut members = Fields { line: current.as_writer(), follows, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }
}

/// Writes fields as members of an object.
struct Fields<'a> {
    line: Writer<'a>,
    /// Something stands before the next member.
    follows: bool,
    result: fmt::Result,
}

impl Fields<'_> {
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        // Where a record of `log` comes from is told by the target.
        if self.result.is_err() || field.name().starts_with("log.") {
            return;
        }
        self.result = (|| {
            if std::mem::replace(&mut self.follows, true) {
                self.line.write_char(',')?;
            }
            text(&mut self.line, field.name())?;
            self.line.write_char(':')?;
            value(&mut self.line)
        })();
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, |line| match serde_json::Number::from_f64(value) {
            Some(number) => write!(line, "{number}"),
            None => line.write_str("null"),
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |line| write!(line, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |line| write!(line, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |line| write!(line, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |line| text(line, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |line| {
            line.write_char('"')?;
            write!(Escaping(line), "{value:?}")?;
            line.write_char('"')
        });
    }
}

/// Writes which request a line belongs to, as the fields of its span.
fn request(line: &mut Writer<'_>, identity: &Identity) -> fmt::Result {
    line.write_str(",\"span\":{\"request_id\":")?;
    text(line, &identity.request_id)?;
    // Of hexadecimal digits.
    write!(line, ",\"trace_id\":\"{}\",\"method\":", identity.trace.trace_id())?;
    text(line, identity.method.as_str())?;
    line.write_str(",\"route\":")?;
    text(line, &identity.route)?;
    line.write_str(",\"name\":\"request\"}")
}

/// Writes a JSON string (RFC 8259, section 7).
fn text(line: &mut Writer<'_>, text: &str) -> fmt::Result {
    line.write_char('"')?;
    Escaping(line).write_str(text)?;
    line.write_char('"')
}

/// Writes what stands between the quotation marks of a JSON string.
struct Escaping<'a, 'b>(&'a mut Writer<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if text.bytes().all(plain) {
            return self.0.write_str(text);
        }
        let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
        self.0.write_str(&quoted[1..quoted.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use http::{HeaderMap, Method};
    use serde_json::{Value, json};
    use tracing::field::{Empty, display};
    use tracing::{error, info, info_span, warn};
    use tracing_subscriber::fmt;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::telemetry::TraceContext;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines of what is told, without their time.
    fn lines(told: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let layer = fmt::layer().event_format(Json).fmt_fields(Json).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), told);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| {
            let mut line: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
            let time = time.as_str().unwrap();
            assert!(time.len() == "2026-01-01T00:00:00.000000Z".len() && time.ends_with('Z'), "{time}");
            line
        });
        lines.collect()
    }

    #[test]
    fn each_field_is_a_member_of_its_type() {
        let none: Option<&str> = None;
        let written = lines(|| {
            warn!(
                target: "a", text = "a\"b\\c\nd\u{1}é", some = Some("x"), none, yes = true, int = -3, long = u64::MAX,
                float = 1.5, not_a_number = f64::NAN, debug = ?["q\"", "r"], display = %"s\t", "said"
            );
        });
        let expected = json!({
            "level": "WARN", "target": "a", "text": "a\"b\\c\nd\u{1}é", "some": "x", "yes": true, "int": -3,
            "long": u64::MAX, "float": 1.5, "not_a_number": null, "debug": "[\"q\\\"\", \"r\"]", "display": "s\t",
            "message": "said",
        });
        assert_eq!(written, [expected]);
    }

    #[test]
    fn a_line_has_the_fields_of_its_span_whenever_they_were_recorded() {
        let written = lines(|| {
            info_span!("empty").in_scope(|| info!(target: "a", "one"));
            let span = info_span!("outer", id = "\"7\"", later = Empty, last = Empty);
            span.record("later", display("x\ny"));
            span.record("last", 3);
            span.in_scope(|| error!(target: "a", "two"));
            let late = info_span!("late", only = Empty);
            late.record("only", true);
            info!(target: "a", parent: &late, "three");
        });
        let line = |level: &str, message: &str, span: Value| json!({ "level": level, "target": "a", "message": message, "span": span });
        assert_eq!(
            written,
            [
                line("INFO", "one", json!({ "name": "empty" })),
                line("ERROR", "two", json!({ "name": "outer", "id": "\"7\"", "later": "x\ny", "last": 3 })),
                line("INFO", "three", json!({ "name": "late", "only": true })),
            ]
        );
    }

    #[test]
    fn a_line_without_a_span_tells_its_request() {
        let trace = TraceContext::from_headers(&HeaderMap::new());
        let identity =
            Identity { request_id: "\"7\"".into(), trace, method: Method::GET, route: "/a".into() };
        let written = lines(|| {
            Account::new(Some(identity), false).enter(|| info!(target: "a", "one"));
            Account::new(None, false).enter(|| info!(target: "a", "two"));
        });
        let span = json!({
            "name": "request", "request_id": "\"7\"", "trace_id": trace.trace_id(), "method": "GET", "route": "/a",
        });
        let expected = [
            json!({ "level": "INFO", "target": "a", "message": "one", "span": span }),
            json!({ "level": "INFO", "target": "a", "message": "two" }),
        ];
        assert_eq!(written, expected);
    }
}
