//! The messages of `graphql-transport-ws` as the gateway exchanges them with subgraphs
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The name of the protocol in the handshake.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// The first message.
pub(super) const INIT: &str = r#"{"type":"connection_init"}"#;

/// Ends the one subscription of a connection.
pub(super) const COMPLETE: &str = r#"{"id":"1","type":"complete"}"#;

/// Starts the one subscription of a connection, with a GraphQL request.
pub(super) fn subscribe(request: &Bytes) -> Option<String> {
    let request = std::str::from_utf8(request).ok()?;
    Some(format!(r#"{{"id":"1","type":"subscribe","payload":{request}}}"#))
}

/// What a subgraph says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SubgraphMessage {
    /// The subscription may start.
    Ack,
    /// A response.
    Next(Bytes),
    /// The subscription is refused, with the response that says why.
    Error(Bytes),
    /// The subscription is over.
    Complete,
    /// A sign of life is wanted: the answer.
    Ping(String),
    /// The subgraph is there.
    Pong,
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

impl SubgraphMessage {
    /// Reads a message; the payload shares its memory. `None` when it is none of the protocol's.
    pub(super) fn read(text: &Bytes) -> Option<Self> {
        let Members { kind, payload } = serde_json::from_slice(text).ok()?;
        let shared = |payload: &RawValue| text.slice_ref(payload.get().as_bytes());
        Some(match &*kind {
            "connection_ack" => Self::Ack,
            "next" => Self::Next(shared(payload.filter(|payload| payload.get().starts_with('{'))?)),
            "error" => {
                let errors = payload.filter(|payload| payload.get().starts_with('['))?;
                Self::Error(format!(r#"{{"errors":{}}}"#, errors.get()).into())
            }
            "complete" => Self::Complete,
            "ping" => Self::Ping(match payload {
                Some(payload) => format!(r#"{{"type":"pong","payload":{}}}"#, payload.get()),
                None => r#"{"type":"pong"}"#.to_owned(),
            }),
            "pong" => Self::Pong,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_subgraphs_are_read() {
        let read = |text: &'static str| SubgraphMessage::read(&Bytes::from_static(text.as_bytes()));
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let cases = [
            (r#"{"type":"connection_ack","payload":{}}"#, Some(SubgraphMessage::Ack)),
            (
                r#"{"id":"1","type":"next","payload":{"data":{"a":1}}}"#,
                Some(SubgraphMessage::Next(bytes(r#"{"data":{"a":1}}"#))),
            ),
            (
                r#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#,
                Some(SubgraphMessage::Error(bytes(r#"{"errors":[{"message":"no"}]}"#))),
            ),
            (r#"{"id":"1","type":"complete"}"#, Some(SubgraphMessage::Complete)),
            (r#"{"type":"ping"}"#, Some(SubgraphMessage::Ping(r#"{"type":"pong"}"#.to_owned()))),
            (r#"{"type":"ka"}"#, None),
            (r#"{"type":"next","payload":[]}"#, None),
            (r#"{"type":"error","payload":{}}"#, None),
            ("x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
