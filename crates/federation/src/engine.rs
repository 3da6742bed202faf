//! The facade: a request in, response bytes out.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;

/// The engine for one supergraph.
pub struct Engine {}

/// A client's request.
pub struct Request {
    /// GraphQL text.
    pub query: Arc<str>,
    /// Which operation of the document to run.
    pub operation_name: Option<String>,
    /// The variables as a JSON object; empty for none.
    pub variables: Bytes,
    /// Handed to the transport untouched.
    pub context: Arc<dyn Any + Send + Sync>,
    /// Whether `__schema` and `__type` are answered.
    pub introspection: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Refused before execution (parse, validation, variables, planning): there is no `data` key.
    Refused,
    /// Executed, perhaps with errors.
    Executed,
}

/// The answer to a request.
pub struct Response {
    /// A complete GraphQL response as JSON.
    pub body: Bytes,
    /// What became of the request.
    pub outcome: Outcome,
    /// The number of entries in `errors`.
    pub errors: usize,
}
