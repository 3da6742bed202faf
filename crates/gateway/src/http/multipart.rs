//! Answers in several payloads as `multipart/mixed` (RFC 2046, section 5.1; incremental delivery over HTTP).

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use futures::stream::BoxStream;
use futures::{StreamExt, future};

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
