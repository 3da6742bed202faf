//! The port to subgraphs: the only way out of the executor.

use std::any::Any;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::audience::Audience;
use super::request::SubgraphRequest;
use super::value::Node;

use bytes::Bytes;

/// Sends requests to subgraphs.
pub trait Transport: Send + Sync {
    /// Sends one request and returns the whole answer.
    ///
    /// The executor drops the future when nobody waits for the answer any more.
    ///
    /// # Errors
    /// When there is no GraphQL answer at all; errors inside an answer belong to [`Answer`].
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>>;

    /// What of a client's request the answers of a subgraph may depend on, besides operation and variables:
    /// headers that are forwarded, who calls. `context` is what the embedder handed over with the request.
    /// The value *replaces* it as the context that [`Transport::call`] and [`Transport::subscribe`] see, so
    /// an answer cannot depend on anything that is not part of it.
    ///
    /// Queries to one subgraph with equal operation, variables and audience share one call while it is in
    /// flight; equal queries of clients share a whole run, see
    /// [`Engine::run_shared`](crate::Engine::run_shared). By default there is no audience: calls see the
    /// client's own context and nothing is shared.
    fn audience(&self, subgraph: &str, context: &(dyn Any + Send + Sync)) -> Option<Audience> {
        let _ = (subgraph, context);
        None
    }

    /// What it takes along to and from a subgraph, besides GraphQL requests and answers. Whoever embeds the engine can
    /// refuse what would be lost on the way otherwise. By default nothing.
    fn carries(&self, subgraph: &str) -> Carries {
        let _ = subgraph;
        Carries::default()
    }

    /// Opens a subscription: one answer per event, in order. The stream ends when the subgraph completes it;
    /// an error item ends it as well.
    ///
    /// # Errors
    /// When the subscription cannot be opened; by default always, with [`TransportErrorKind::Refused`].
    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, Result<Events, TransportError>> {
        let message = format!("subscriptions to subgraph `{}` are not configured", request.subgraph);
        Box::pin(async move { Err(TransportError { kind: TransportErrorKind::Refused, message }) })
    }
}

/// What a transport takes along besides GraphQL requests and answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carries {
    /// The subgraph receives headers with requests.
    pub request_headers: bool,
    /// The embedder is told the headers of the subgraph's answers.
    pub answer_headers: bool,
    /// The subgraph receives the files that variables stand for.
    pub files: bool,
}

impl Carries {
    /// What HTTP takes along.
    pub const ALL: Self = Self { request_headers: true, answer_headers: true, files: true };
}

/// The events of a subgraph's subscription.
pub type Events = BoxStream<'static, Result<Answer, TransportError>>;

/// A subgraph's answer. Cheap to clone unless it has many errors.
#[derive(Clone)]
pub enum Answer {
    /// The body of a GraphQL response, unread.
    Json(Bytes),
    /// Values of an in-process server.
    Values {
        /// Owns the values; its root borrows from it when read.
        data: Arc<dyn Values>,
        /// The answer's errors.
        errors: Vec<AnswerError>,
    },
    /// One of the others, and what the transport tells the embedder beside it.
    Noted(Box<Self>, Note),
}

/// What a transport tells the embedder beside an answer, as it was given. Whoever joins the call is told as well.
pub type Note = Arc<dyn Any + Send + Sync>;

impl Answer {
    /// Takes off what is told beside the answer.
    pub(super) fn without_notes(mut self, mut told: impl FnMut(Note)) -> Self {
        while let Self::Noted(answer, note) = self {
            told(note);
            self = *answer;
        }
        self
    }
}

/// Owned values of an in-process answer. Several requests may read them at the same time.
pub trait Values: Send + Sync {
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
    /// No connection. `SUBGRAPH_UNREACHABLE`
    Unreachable,
    /// No answer in time. `SUBGRAPH_TIMEOUT`
    Timeout,
    /// An HTTP status that carries no GraphQL answer. `SUBGRAPH_HTTP_STATUS`
    Status,
    /// A body that is no GraphQL answer, or too large. `SUBGRAPH_MALFORMED_ANSWER`
    Malformed,
    /// Refused before sending (limits, open circuit). `SUBGRAPH_REFUSED`
    Refused,
}
