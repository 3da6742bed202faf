//! What goes into the engine and what comes out.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::overrides::Overrides;
use super::permissions::Permissions;
use crate::execute::{DeferFormat, Note, Written};
use crate::operation::{Limits, OperationError};
use crate::plan::PlanError;

/// A client's request.
#[derive(Clone)]
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
    /// What the caller may read of what the schema protects.
    pub permissions: Permissions,
    /// Which progressive overrides apply.
    pub overrides: Overrides,
    /// The caller's own limits of the document and its cost, if they are other than
    /// [`Config::limits`](crate::Config::limits). Of the document, those hold besides.
    pub limits: Option<Limits>,
    /// How fragments marked `@defer` are delivered; `None` to answer everything at once.
    pub defer: Option<DeferFormat>,
}

impl Request {
    /// A request for the only operation of a document, without variables, of a caller who holds nothing.
    pub fn new(query: impl Into<Arc<str>>) -> Self {
        Self {
            query: query.into(),
            operation_name: None,
            variables: Bytes::new(),
            context: Arc::new(()),
            introspection: false,
            permissions: Permissions::default(),
            overrides: Overrides::default(),
            limits: None,
            defer: None,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { query, operation_name, introspection, .. } = self;
        let mut debug = f.debug_struct("Request");
        debug.field("query", query).field("operation_name", operation_name);
        debug.field("introspection", introspection).finish_non_exhaustive()
    }
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
#[derive(Clone, Debug)]
pub struct Response {
    /// A complete GraphQL response as JSON.
    pub body: Bytes,
    /// What became of the request.
    pub outcome: Outcome,
    /// The number of entries in `errors`.
    pub errors: usize,
    /// What the transport told beside the answers of subgraphs, in the order of the plan. Answers in several payloads have
    /// none.
    pub notes: Vec<Note>,
}

impl From<Written> for Response {
    fn from(written: Written) -> Self {
        Self { body: written.body, outcome: Outcome::Executed, errors: written.errors, notes: written.notes }
    }
}

/// Why a request is not executed.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The operation or its variables are not acceptable.
    Operation(Vec<OperationError>),
    /// The schema may not be asked for.
    Introspection,
    /// There is no plan.
    Plan(PlanError),
    /// A plan that cannot be run, or an operation run by the wrong function.
    Internal(String),
    /// A subscription that could not be opened: code, message, subgraph.
    Subscription { code: &'static str, message: String, subgraph: Option<Arc<str>> },
}

/// The codes of refusals that are not [`OperationError`]s; `extensions.code` in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalCode {
    /// The caller may not ask for the schema.
    IntrospectionDisabled,
    /// Planning the operation takes too much.
    PlanLimit,
    /// There is no way to answer the operation.
    NotPlannable,
    /// A fault of the engine or of whoever embeds it.
    Internal,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: &'static [Self] =
        &[Self::IntrospectionDisabled, Self::PlanLimit, Self::NotPlannable, Self::Internal];

    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::PlanLimit => "LIMIT_PLAN",
            Self::NotPlannable => "OPERATION_NOT_PLANNABLE",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }
}

impl Refusal {
    /// The answer that tells the client.
    pub(super) fn response(&self) -> Response {
        let (code, message, service) = match self {
            Self::Operation(errors) => return refused(errors),
            Self::Introspection => {
                let message = "introspection is not allowed here; remove `__schema` and `__type`";
                (RefusalCode::IntrospectionDisabled.as_str(), message.to_owned(), None)
            }
            Self::Plan(error) => (plan_code(error).as_str(), error.to_string(), None),
            Self::Internal(message) => (RefusalCode::Internal.as_str(), message.clone(), None),
            Self::Subscription { code, message, subgraph } => (*code, message.clone(), subgraph.as_deref()),
        };
        refused(&[Entry { message, extensions: Extensions { code, service } }])
    }
}

fn plan_code(error: &PlanError) -> RefusalCode {
    match error {
        PlanError::TooDeep(_) | PlanError::TooLarge | PlanError::Exhausted => RefusalCode::PlanLimit,
        PlanError::Unreachable(_) => RefusalCode::NotPlannable,
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    message: String,
    extensions: Extensions<'a>,
}

#[derive(Serialize)]
struct Extensions<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
}

/// A response without data (GraphQL specification, section 7.1.6).
fn refused<E: Serialize>(errors: &[E]) -> Response {
    #[derive(Serialize)]
    struct Body<'a, E> {
        errors: &'a [E],
    }
    // Strings and numbers only: nothing that JSON cannot express.
    let body = serde_json::to_vec(&Body { errors }).unwrap_or_default();
    Response { body: body.into(), outcome: Outcome::Refused, errors: errors.len(), notes: Vec::new() }
}
