//! The port to subgraphs: the only way out of the executor.

use std::any::Any;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::value::Node;
use crate::plan::query_plan::SubgraphOperation;

/// Sends requests to subgraphs.
pub trait Transport: Send + Sync {
    /// Sends one request and returns the whole answer.
    ///
    /// # Errors
    /// When there is no GraphQL answer at all; errors inside an answer belong to [`Answer`].
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>>;
}

/// One request to one subgraph.
pub struct SubgraphRequest<'a> {
    /// The subgraph's name as composed.
    pub subgraph: &'a str,
    /// The routing URL of the supergraph; empty for in-process subgraphs.
    pub url: &'a str,
    /// The prepared operation; its `text` has a stable address as long as the plan lives.
    pub operation: &'a SubgraphOperation,
    /// Variable values, representations included.
    pub variables: Variables<'a>,
    /// What the embedder handed over with the client's request (caller, headers, deadline).
    pub context: &'a (dyn Any + Send + Sync),
}

/// Variable values of one subgraph request, kept as JSON tokens.
///
/// An HTTP transport sends [`SubgraphRequest::body`]; an in-process transport turns this into its own
/// values through [`serde::Serialize`].
pub struct Variables<'a> {
    /// Client variables the operation uses: name and JSON text, already coerced.
    pub client: &'a [(&'a str, &'a str)],
    /// `_entities` inputs: variable name and the JSON text of the list.
    pub representations: &'a [(&'a str, &'a str)],
}

impl SubgraphRequest<'_> {
    /// The request body as JSON (GraphQL over HTTP, section 5.4).
    pub fn body(&self) -> Bytes {
        Bytes::new()
    }
}

/// A subgraph's answer.
pub enum Answer {
    /// The body of a GraphQL response, unread.
    Json(Bytes),
    /// Values of an in-process server.
    Values {
        /// Owns the values; `data` borrows from it when read.
        data: Box<dyn Values>,
        /// The answer's errors.
        errors: Vec<AnswerError>,
    },
}

/// Owned values of an in-process answer.
pub trait Values: Send {
    /// The value of `data`.
    fn root(&self) -> Node<'_>;
}

/// An error inside an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerError {
    /// The subgraph's message.
    pub message: String,
    /// The path as sent, keys and indices.
    pub path: Vec<PathSegment>,
    /// `extensions` as JSON text, empty when absent.
    pub extensions: String,
}

/// A step of an error's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathSegment {
    /// A response key.
    Key(String),
    /// A list position.
    Index(usize),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// What went wrong.
    pub kind: TransportErrorKind,
    /// Fit for clients: no address, no internals.
    pub message: String,
}

/// Kinds of [`TransportError`], one error code each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// No connection.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// An HTTP status that carries no GraphQL answer.
    Status,
    /// A body that is no GraphQL answer, or too large.
    Malformed,
    /// Refused before sending (limits, open circuit).
    Refused,
}
