//! What goes wrong while a request runs, kept until the answer's `errors` are written.

use super::transport::TransportErrorKind;
use crate::plan::query_plan::{FetchId, ShapeId, SlotId};

/// Codes of the errors the executor makes, in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A subgraph could not be reached.
    SubgraphUnreachable,
    /// A subgraph did not answer in time.
    SubgraphTimeout,
    /// A subgraph answered with an HTTP status that carries no GraphQL answer.
    SubgraphHttpStatus,
    /// A subgraph's answer is no GraphQL answer.
    SubgraphMalformedAnswer,
    /// A request to a subgraph was not sent.
    SubgraphRefused,
    /// A subgraph reported an error without a code of its own.
    SubgraphError,
    /// A value in a subgraph's answer does not fit the schema.
    SubgraphInvalidValue,
    /// The answers of subgraphs hold more values than a request may.
    AnswerTooLarge,
    /// There is no value for a non-null field.
    NullForNonNull,
    /// The caller may not read a field.
    Unauthorized,
    /// More errors than an answer shows.
    TooManyErrors,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::SubgraphUnreachable,
        Self::SubgraphTimeout,
        Self::SubgraphHttpStatus,
        Self::SubgraphMalformedAnswer,
        Self::SubgraphRefused,
        Self::SubgraphError,
        Self::SubgraphInvalidValue,
        Self::AnswerTooLarge,
        Self::NullForNonNull,
        Self::Unauthorized,
        Self::TooManyErrors,
    ];

    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SubgraphUnreachable => "SUBGRAPH_UNREACHABLE",
            Self::SubgraphTimeout => "SUBGRAPH_TIMEOUT",
            Self::SubgraphHttpStatus => "SUBGRAPH_HTTP_STATUS",
            Self::SubgraphMalformedAnswer => "SUBGRAPH_MALFORMED_ANSWER",
            Self::SubgraphRefused => "SUBGRAPH_REFUSED",
            Self::SubgraphError => "SUBGRAPH_ERROR",
            Self::SubgraphInvalidValue => "SUBGRAPH_INVALID_VALUE",
            Self::AnswerTooLarge => "ANSWER_TOO_LARGE",
            Self::NullForNonNull => "NULL_FOR_NON_NULL",
            Self::Unauthorized => "UNAUTHORIZED_FIELD_OR_TYPE",
            Self::TooManyErrors => "TOO_MANY_ERRORS",
        }
    }
}

impl From<TransportErrorKind> for ErrorCode {
    fn from(kind: TransportErrorKind) -> Self {
        match kind {
            TransportErrorKind::Unreachable => Self::SubgraphUnreachable,
            TransportErrorKind::Timeout => Self::SubgraphTimeout,
            TransportErrorKind::Status => Self::SubgraphHttpStatus,
            TransportErrorKind::Malformed => Self::SubgraphMalformedAnswer,
            TransportErrorKind::Refused => Self::SubgraphRefused,
        }
    }
}

/// A step of a client's path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A response key.
    Key(Box<str>),
    /// A list position.
    Index(u32),
}

/// A place in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) shape: ShapeId,
    pub(crate) row: u32,
    /// The field of the row that it is about, or in which it is.
    pub(crate) field: Option<SlotId>,
    /// Below the row, in the client's terms.
    pub(crate) rest: Vec<Step>,
}

/// Where a problem is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Once, at the positions that the whole fetch is for.
    Fetch,
    /// At each place.
    Places(Vec<Place>),
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) fetch: FetchId,
    pub(crate) at: At,
    pub(crate) cause: Cause,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Found by the engine.
    Engine(ErrorCode, String),
    /// Reported by a subgraph; `extensions` is JSON text, empty when absent.
    Subgraph { message: String, extensions: String },
}

/// The problems of a request, at most so many.
#[derive(Debug)]
pub(crate) struct Problems {
    pub(crate) list: Vec<Problem>,
    max: usize,
    /// Whether there were more.
    pub(crate) more: bool,
}

impl Problems {
    pub(crate) fn new(max: usize) -> Self {
        Self { list: Vec::new(), max, more: false }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.list.len() < self.max {
            self.list.push(problem);
        } else {
            self.more = true;
        }
    }
}
