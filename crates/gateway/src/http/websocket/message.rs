//! The messages of `graphql-transport-ws` (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The name of the protocol in the handshake.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// The longest id of an operation, in bytes.
const MAX_ID_BYTES: usize = 256;

/// What a client says.
#[derive(Debug)]
pub(super) enum ClientMessage<'a> {
    /// The client names itself.
    Init(Option<&'a RawValue>),
    /// The client starts an operation.
    Subscribe { id: String, request: &'a RawValue },
    /// The client needs no more of an operation.
    Complete { id: String },
    /// The client wants a sign of life, with its payload.
    Ping(Option<&'a RawValue>),
    /// The client is there.
    Pong,
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

impl<'a> ClientMessage<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong, as the reason of [`CloseCode::BadRequest`].
    pub(super) fn read(text: &'a str) -> Result<Self, &'static str> {
        let Members { kind, id, payload } =
            serde_json::from_str(text).map_err(|_| "a message is a JSON object with a `type`")?;
        let id = || match id {
            Some(id) if !id.is_empty() && id.len() <= MAX_ID_BYTES => Ok(id.into_owned()),
            Some(_) => Err("an `id` has between 1 and 256 bytes"),
            None => Err("the message has no `id`"),
        };
        let object = |payload: &RawValue| payload.get().starts_with('{');
        match &*kind {
            "connection_init" => match payload {
                Some(payload) if !object(payload) => Err("the `payload` of `connection_init` is an object"),
                payload => Ok(Self::Init(payload)),
            },
            "subscribe" => match payload {
                Some(request) if object(request) => Ok(Self::Subscribe { id: id()?, request }),
                _ => Err("the `payload` of `subscribe` is a GraphQL request"),
            },
            "complete" => Ok(Self::Complete { id: id()? }),
            "ping" => Ok(Self::Ping(payload)),
            "pong" => Ok(Self::Pong),
            _ => Err("the `type` of the message is not one a client sends"),
        }
    }
}

/// What the gateway says.
#[derive(Debug)]
pub(super) enum ServerMessage<'a> {
    /// The client may start operations.
    Ack,
    /// A response of an operation.
    Next { id: &'a str, response: &'a Bytes },
    /// The operation was refused, with the response that says why.
    Error { id: &'a str, refusal: &'a Bytes },
    /// The operation is over.
    Complete { id: &'a str },
    /// The answer to a ping, with its payload.
    Pong(Option<&'a RawValue>),
}

impl ServerMessage<'_> {
    /// As the text of a WebSocket message.
    pub(super) fn text(&self) -> Message {
        #[derive(Deserialize)]
        struct Refusal<'a> {
            #[serde(borrow)]
            errors: &'a RawValue,
        }
        let text = match self {
            Self::Ack => Some(written("connection_ack", None, None)),
            Self::Complete { id } => Some(written("complete", Some(id), None)),
            Self::Pong(payload) => Some(written("pong", None, *payload)),
            Self::Next { id, response } => {
                serde_json::from_slice(response).ok().map(|payload| written("next", Some(id), Some(payload)))
            }
            Self::Error { id, refusal } => serde_json::from_slice::<Refusal<'_>>(refusal)
                .ok()
                .map(|refusal| written("error", Some(id), Some(refusal.errors))),
        };
        // The engine's responses are JSON, so there is always a text.
        Message::Text(text.unwrap_or_default().into())
    }
}

fn written(kind: &str, id: Option<&str>, payload: Option<&RawValue>) -> String {
    #[derive(Serialize)]
    struct Written<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        #[serde(rename = "type")]
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a RawValue>,
    }
    serde_json::to_string(&Written { id, kind, payload }).unwrap_or_default()
}

macro_rules! close_codes {
    ($($(#[$doc:meta])* $name:ident $number:literal,)*) => {
        /// Why the gateway closes a WebSocket (RFC 6455, section 7.4; the protocol's own from 4400).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum CloseCode {
            $($(#[$doc])* $name,)*
        }

        impl CloseCode {
            /// The numbers of all.
            #[cfg(test)]
            const ALL: &'static [u16] = &[$($number,)*];

            /// The number on the wire.
            pub(super) fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                }
            }
        }
    };
}

close_codes! {
    /// The gateway stops; the client may come back.
    GoingAway 1001,
    /// A message is larger than allowed.
    MessageTooBig 1009,
    /// The gateway has a new configuration or schema; the client may come back.
    ServiceRestart 1012,
    /// A message is none of the protocol's.
    BadRequest 4400,
    /// An operation came before the connection was acknowledged.
    Unauthorized 4401,
    /// The caller's token is missing, not good, or no longer good.
    Forbidden 4403,
    /// The client does not speak the protocol.
    SubprotocolNotAcceptable 4406,
    /// `connection_init` did not come in time.
    InitialisationTimeout 4408,
    /// The id of an operation is that of another one that runs.
    SubscriberExists 4409,
    /// `connection_init` came twice.
    TooManyInitialisations 4429,
    /// A fault of the gateway.
    InternalError 4500,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) code: CloseCode,
    pub(super) reason: Cow<'static, str>,
}

/// What a close frame has room for besides its code (RFC 6455, section 5.5).
const MAX_REASON_BYTES: usize = 123;

impl Closing {
    pub(super) fn new(code: CloseCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// As a WebSocket message.
    pub(super) fn frame(&self) -> Message {
        let end = self.reason.floor_char_boundary(MAX_REASON_BYTES);
        let reason = self.reason[..end].to_owned().into();
        Message::Close(Some(CloseFrame { code: self.code.number(), reason }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_clients_are_read() {
        let read = |text| ClientMessage::read(text).unwrap();
        assert!(matches!(read(r#"{"type":"connection_init"}"#), ClientMessage::Init(None)));
        assert!(matches!(
            read(r#"{"payload":{"a":1},"type":"connection_init"}"#),
            ClientMessage::Init(Some(_))
        ));
        assert!(matches!(read(r#"{"type":"ping","payload":7}"#), ClientMessage::Ping(Some(_))));
        assert!(matches!(read(r#"{"type":"pong"}"#), ClientMessage::Pong));
        let subscribe = r#"{"id":"ä\n","type":"subscribe","payload":{"query":"{a}"}}"#;
        let ClientMessage::Subscribe { id, request } = read(subscribe) else { panic!("{subscribe}") };
        assert_eq!((id.as_str(), request.get()), ("ä\n", r#"{"query":"{a}"}"#));
        assert!(matches!(read(r#"{"id":"1","type":"complete"}"#), ClientMessage::Complete { .. }));
    }

    #[test]
    fn other_messages_are_refused() {
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(257));
        let cases = [
            ("", "a message is a JSON object with a `type`"),
            ("[]", "a message is a JSON object with a `type`"),
            ("{}", "a message is a JSON object with a `type`"),
            (r#"{"type":7}"#, "a message is a JSON object with a `type`"),
            (r#"{"type":"next"}"#, "the `type` of the message is not one a client sends"),
            (
                r#"{"type":"connection_init","payload":"x"}"#,
                "the `payload` of `connection_init` is an object",
            ),
            (r#"{"type":"subscribe","id":"1"}"#, "the `payload` of `subscribe` is a GraphQL request"),
            (r#"{"type":"subscribe","payload":{}}"#, "the message has no `id`"),
            (r#"{"type":"complete","id":""}"#, "an `id` has between 1 and 256 bytes"),
            (&long, "an `id` has between 1 and 256 bytes"),
        ];
        for (text, expected) in cases {
            assert_eq!(ClientMessage::read(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn messages_of_the_gateway_are_written() {
        let text = |message: ServerMessage<'_>| message.text().into_text().unwrap().to_string();
        let response = Bytes::from_static(br#"{"data":{"a":1}}"#);
        let refusal = Bytes::from_static(br#"{"errors":[{"message":"no"}]}"#);
        assert_eq!(text(ServerMessage::Ack), r#"{"type":"connection_ack"}"#);
        let next = ServerMessage::Next { id: "\"", response: &response };
        assert_eq!(text(next), r#"{"id":"\"","type":"next","payload":{"data":{"a":1}}}"#);
        let error = ServerMessage::Error { id: "1", refusal: &refusal };
        assert_eq!(text(error), r#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#);
        assert_eq!(text(ServerMessage::Complete { id: "1" }), r#"{"id":"1","type":"complete"}"#);
        assert_eq!(text(ServerMessage::Pong(None)), r#"{"type":"pong"}"#);
    }

    #[test]
    fn every_close_code_is_documented_and_no_other() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
        let text = std::fs::read_to_string(path).unwrap();
        let rows =
            text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()?.parse::<u16>().ok());
        assert_eq!(rows.collect::<Vec<_>>(), CloseCode::ALL);
    }

    #[test]
    fn reasons_fit_into_a_close_frame() {
        let Message::Close(Some(frame)) = Closing::new(CloseCode::BadRequest, "ä".repeat(100)).frame()
        else {
            panic!("no close frame")
        };
        assert_eq!((frame.code, frame.reason.len()), (4400, 122));
    }
}
