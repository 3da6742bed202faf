//! The facade: a request in, response bytes out.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::execute::Transport;
use crate::plan::query_plan::{OperationKind, QueryPlan};

/// The engine for one supergraph. Immutable: a new supergraph is a new engine.
pub struct Engine {
    transport: Arc<dyn Transport>,
    config: Config,
}

/// Sizes of caches, limits and policies of an [`Engine`].
#[derive(Clone, Debug)]
pub struct Config {
    /// How many parsed documents are kept.
    pub documents: usize,
    /// How many query plans are kept.
    pub plans: usize,
    /// What clients see of the errors of subgraphs.
    pub subgraph_errors: SubgraphErrors,
    /// The most entries an answer's `errors` has; the last one says that more were left out.
    pub max_errors: usize,
    /// The most values one request may hold in memory (12 bytes each).
    pub max_values: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            documents: 1024,
            plans: 4096,
            subgraph_errors: SubgraphErrors::default(),
            max_errors: 1000,
            max_values: 16 << 20,
        }
    }
}

/// What clients see of an error that a subgraph reports. `code` and the subgraph's name are always shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubgraphErrors {
    /// Replace messages by a fixed text.
    pub mask_messages: bool,
    /// Pass all of `extensions` on, not only `code`.
    pub extensions: bool,
}

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
#[derive(Clone, Debug)]
pub struct Response {
    /// A complete GraphQL response as JSON.
    pub body: Bytes,
    /// What became of the request.
    pub outcome: Outcome,
    /// The number of entries in `errors`.
    pub errors: usize,
}

/// A request that was accepted: parsed, validated, its variables coerced, its plan at hand.
pub struct Prepared {
    kind: OperationKind,
    name: Option<Arc<str>>,
    plan: Arc<QueryPlan>,
    context: Arc<dyn Any + Send + Sync>,
}

impl Prepared {
    /// Query, mutation or subscription. HTTP `GET` may run queries only; subscriptions go to
    /// [`Engine::subscribe`].
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// The name of the operation chosen.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The plan, for inspection.
    pub fn plan(&self) -> &QueryPlan {
        &self.plan
    }
}

/// Why an engine cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The supergraph cannot be used; one line per problem.
    #[error("the supergraph cannot be used: {0}")]
    Supergraph(String),
}

impl Engine {
    /// An engine for a supergraph schema.
    ///
    /// # Errors
    /// When the schema is not a supergraph this engine understands.
    pub fn from_supergraph(
        _sdl: &str,
        transport: Arc<dyn Transport>,
        config: Config,
    ) -> Result<Self, BuildError> {
        Ok(Self { transport, config })
    }

    /// The schema clients see, as SDL.
    pub fn api_schema(&self) -> &str {
        ""
    }

    /// Parses, validates and plans a request without running it.
    ///
    /// # Errors
    /// The answer to a request that is refused.
    pub fn prepare(&self, _request: &Request) -> Result<Prepared, Response> {
        let _ = (&self.transport, &self.config);
        Err(Response { body: Bytes::new(), outcome: Outcome::Refused, errors: 1 })
    }

    /// Answers a query or mutation.
    pub async fn execute(&self, request: Request) -> Response {
        match self.prepare(&request) {
            Ok(prepared) => self.run(prepared).await,
            Err(refusal) => refusal,
        }
    }

    /// Answers a prepared query or mutation.
    pub async fn run(&self, prepared: Prepared) -> Response {
        let _ = &prepared.context;
        Response { body: Bytes::new(), outcome: Outcome::Refused, errors: 1 }
    }

    /// Opens a prepared subscription: one response per event, in order.
    ///
    /// # Errors
    /// The answer to a subscription that cannot be opened.
    pub async fn subscribe(
        self: Arc<Self>,
        prepared: Prepared,
    ) -> Result<BoxStream<'static, Response>, Response> {
        let _ = &prepared.context;
        Err(Response { body: Bytes::new(), outcome: Outcome::Refused, errors: 1 })
    }
}
