//! From an HTTP answer to a GraphQL answer (GraphQL over HTTP, section 6.4).

use federation::execute::{Answer, TransportError, TransportErrorKind};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::client::{ClientError, Reply};

/// The GraphQL answer of a subgraph, if that is what it sent.
pub(super) fn read(subgraph: &str, reply: Reply) -> Result<Answer, TransportError> {
    let json = is_json(&reply.headers);
    if reply.status.is_success() {
        return if json {
            Ok(Answer::Json(reply.body))
        } else {
            Err(malformed(format!("subgraph `{subgraph}` answered with something else than JSON")))
        };
    }
    // Servers refuse operations with 4xx and 5xx and say why in a GraphQL answer. What a proxy on the way
    // makes of a failure may be JSON as well, but has neither `data` nor a list of `errors`.
    if json && is_graphql(&reply.body) {
        return Ok(Answer::Json(reply.body));
    }
    let message = format!("subgraph `{subgraph}` answered with HTTP status {}", reply.status.as_u16());
    Err(TransportError { kind: TransportErrorKind::Status, message })
}

/// What clients are told of a failed exchange; the cause stays in the log.
pub(super) fn failure(subgraph: &str, error: &ClientError) -> TransportError {
    let (kind, message) = match error {
        ClientError::Connection(error) if error.is_connect() => {
            (TransportErrorKind::Unreachable, format!("subgraph `{subgraph}` cannot be reached"))
        }
        ClientError::Connection(_) | ClientError::Request(_) => (
            TransportErrorKind::Unreachable,
            format!("subgraph `{subgraph}` closed the connection without an answer"),
        ),
        ClientError::Timeout => {
            (TransportErrorKind::Timeout, format!("subgraph `{subgraph}` did not answer in time"))
        }
        ClientError::NotUpgraded(status) => (
            TransportErrorKind::Status,
            format!("subgraph `{subgraph}` answered with HTTP status {} to a WebSocket", status.as_u16()),
        ),
        ClientError::TooLarge(limit) => (
            TransportErrorKind::Malformed,
            format!("the answer of subgraph `{subgraph}` is larger than {limit} bytes"),
        ),
        ClientError::Incomplete(_) => {
            (TransportErrorKind::Malformed, format!("the answer of subgraph `{subgraph}` is incomplete"))
        }
    };
    TransportError { kind, message }
}

fn malformed(message: String) -> TransportError {
    TransportError { kind: TransportErrorKind::Malformed, message }
}

/// A missing content type passes: the body is read as JSON and refused then if it is none.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let known = ["application/json", "application/graphql-response+json"];
    known.iter().any(|name| essence.eq_ignore_ascii_case(name))
}

fn is_graphql(body: &[u8]) -> bool {
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
