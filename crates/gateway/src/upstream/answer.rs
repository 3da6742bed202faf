//! From an HTTP answer to a GraphQL answer (GraphQL over HTTP, section 6.4), or to what is made of a failure.

use std::time::Duration;

use federation::execute::{Answer, ErrorCode, TransportError, TransportErrorKind};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Uri};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::client::{ClientError, Reply};
use super::guard::Again;

/// A failed exchange.
pub(super) struct Failure {
    /// What clients are told.
    pub(super) error: TransportError,
    /// What the log is told.
    cause: String,
    /// Whether the request may be sent again.
    pub(super) again: Again,
    /// Whether the subgraph is in trouble, not only this request.
    pub(super) trouble: bool,
}

impl Failure {
    /// Says what happened, and whether the request is sent again.
    pub(super) fn log(&self, subgraph: &str, uri: &Uri, again_in: Option<Duration>) {
        let (error, again_in) = (&*self.cause, again_in.map(tracing::field::debug));
        tracing::warn!(subgraph, %uri, error, again_in, "a subgraph request failed");
    }

    /// The code of its error.
    pub(super) fn code(&self) -> &'static str {
        ErrorCode::from(self.error.kind).as_str()
    }

    /// Of an answer that is none, whenever it is asked for.
    fn malformed(message: String) -> Self {
        let error = TransportError { kind: TransportErrorKind::Malformed, message };
        Self { cause: error.message.clone(), error, again: Again::No, trouble: false }
    }
}

/// The GraphQL answer of a subgraph, if that is what it sent.
pub(super) fn read(subgraph: &str, reply: &Reply) -> Result<Answer, Failure> {
    let json = is_json(&reply.headers);
    if reply.status.is_success() {
        return if json {
            Ok(Answer::Json(reply.body.clone()))
        } else {
            Err(Failure::malformed(format!("subgraph `{subgraph}` answered with something else than JSON")))
        };
    }
    // Servers refuse operations with 4xx and 5xx and say why in a GraphQL answer. What a proxy on the way
    // makes of a failure may be JSON as well, but has neither `data` nor a list of `errors`.
    if json && is_graphql(&reply.body) {
        return Ok(Answer::Json(reply.body.clone()));
    }
    let message = format!("subgraph `{subgraph}` answered with HTTP status {}", reply.status.as_u16());
    Err(Failure {
        cause: message.clone(),
        error: TransportError { kind: TransportErrorKind::Status, message },
        again: Again::after(reply.status, &reply.headers),
        trouble: reply.status.is_server_error(),
    })
}

/// What is made of an exchange without an answer.
pub(super) fn failure(subgraph: &str, error: &ClientError) -> Failure {
    use TransportErrorKind::{Malformed, Status, Timeout, Unreachable};
    let (kind, again, trouble, message) = match error {
        // Trying again does not change a certificate.
        ClientError::Connection(error) if is_of_tls(error) => {
            let message = format!("subgraph `{subgraph}` cannot be reached over a secure connection");
            (Unreachable, Again::No, true, message)
        }
        ClientError::Connection(error) if error.is_connect() => {
            (Unreachable, Again::Unsent, true, format!("subgraph `{subgraph}` cannot be reached"))
        }
        ClientError::Connection(_) => {
            let message = format!("subgraph `{subgraph}` closed the connection without an answer");
            (Unreachable, Again::Idempotent(None), true, message)
        }
        ClientError::Request(_) => {
            (Unreachable, Again::No, false, format!("a request to subgraph `{subgraph}` cannot be written"))
        }
        ClientError::Timeout => {
            (Timeout, Again::No, true, format!("subgraph `{subgraph}` did not answer in time"))
        }
        ClientError::NotUpgraded(status) => {
            let status = status.as_u16();
            let message = format!("subgraph `{subgraph}` answered with HTTP status {status} to a WebSocket");
            (Status, Again::No, false, message)
        }
        ClientError::TooLarge(limit) => {
            let message = format!("the answer of subgraph `{subgraph}` is larger than {limit} bytes");
            (Malformed, Again::No, false, message)
        }
        ClientError::Incomplete(_) => {
            let message = format!("the answer of subgraph `{subgraph}` is incomplete");
            (Malformed, Again::Idempotent(None), true, message)
        }
        // The connection did its part: whoever compresses does it wrong.
        ClientError::Corrupt(_) => {
            let message = format!("the answer of subgraph `{subgraph}` cannot be decompressed");
            (Malformed, Again::No, false, message)
        }
    };
    Failure { error: TransportError { kind, message }, cause: causes(error), again, trouble }
}

/// Whether a connection is refused because of who is at its ends, or how it is encrypted.
fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // What an I/O error was made of is not its source.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || inner.is_some_and(|inner| is_of_tls(inner))
        || error.source().is_some_and(is_of_tls)
}

/// An error with everything that led to it.
fn causes(error: &ClientError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error).and_then(std::error::Error::source);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A missing content type passes: the body is read as JSON and refused then if it is none.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let known = ["application/json", "application/graphql-response+json"];
    known.iter().any(|name| essence.eq_ignore_ascii_case(name))
}

pub(super) fn is_graphql(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Members {
        #[serde(default)]
        data: Option<IgnoredAny>,
        #[serde(default)]
        errors: Vec<IgnoredAny>,
    }
    serde_json::from_slice::<Members>(body)
        .is_ok_and(|members| members.data.is_some() || !members.errors.is_empty())
}
