//! Answers in several payloads, and events, as `multipart/mixed` (RFC 2046, section 5.1; incremental delivery over HTTP;
//! <https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol>).

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use futures::stream::BoxStream;
use futures::{StreamExt, future};

use super::events::Event;

/// The media type without parameters.
pub(super) const ESSENCE: &str = "multipart/mixed";

/// What stands between parts. JSON has no line that begins like it.
const DELIMITER: &str = "\r\n---";

/// What stands before the JSON text of a part.
const HEAD: &str = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";

/// The `content-type` of an answer in a format.
pub(super) fn content_type(format: DeferFormat) -> &'static str {
    match format {
        DeferFormat::Labelled => "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
        DeferFormat::Pending => "multipart/mixed; boundary=\"-\"; incrementalSpec=v0.2",
    }
}

/// The `content-type` of events.
pub(super) const EVENTS: &str = "multipart/mixed; boundary=\"-\"; subscriptionSpec=1.0";

/// One event, ready to send. A response stands in `payload`; what ends a subscription from outside stands beside it.
pub(super) fn encode(event: &Event, first: bool) -> Bytes {
    let start = if first { DELIMITER } else { "" };
    let mut bytes = start.as_bytes().to_vec();
    let mut part = |texts: &[&[u8]], end: &str| {
        bytes.extend_from_slice(HEAD.as_bytes());
        texts.iter().for_each(|text| bytes.extend_from_slice(text));
        bytes.extend_from_slice(DELIMITER.as_bytes());
        bytes.extend_from_slice(end.as_bytes());
    };
    match event {
        Event::Next(response) => part(&[b"{\"payload\":", response, b"}"], ""),
        Event::Heartbeat => part(&[b"{}"], ""),
        Event::Complete => bytes.extend_from_slice(b"--\r\n"),
        // `{"errors":…}` becomes `{"payload":null,"errors":…}`.
        Event::Broken(reason) => part(&[b"{\"payload\":null,", reason.get(1..).unwrap_or(b"}")], "--\r\n"),
    }
    bytes.into()
}

/// One chunk per payload. Each ends with the delimiter, so that clients need not wait for the next one to know that
/// the part is complete. When the client goes away the body is dropped, and all work with it.
pub(super) fn body(payloads: BoxStream<'static, Payload>) -> Body {
    let parts = payloads.scan(true, |first, payload| {
        let start = if std::mem::take(first) { DELIMITER } else { "" };
        let end = if payload.has_next { "" } else { "--\r\n" };
        let text = [start.as_bytes(), HEAD.as_bytes(), &payload.body, DELIMITER.as_bytes(), end.as_bytes()];
        future::ready(Some(Ok::<_, Infallible>(Bytes::from(text.concat()))))
    });
    Body::from_stream(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_parts() {
        let head = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";
        let broken = Bytes::from_static(br#"{"errors":[]}"#);
        let cases = [
            (
                Event::Next(Bytes::from_static(b"{}")),
                true,
                format!("\r\n---{head}{{\"payload\":{{}}}}\r\n---"),
            ),
            (Event::Next(Bytes::from_static(b"{}")), false, format!("{head}{{\"payload\":{{}}}}\r\n---")),
            (Event::Heartbeat, false, format!("{head}{{}}\r\n---")),
            (Event::Complete, false, "--\r\n".to_owned()),
            (Event::Complete, true, "\r\n-----\r\n".to_owned()),
            (Event::Broken(broken), false, format!("{head}{{\"payload\":null,\"errors\":[]}}\r\n-----\r\n")),
        ];
        for (event, first, expected) in cases {
            assert_eq!(String::from_utf8(encode(&event, first).to_vec()).unwrap(), expected);
        }
    }
}
