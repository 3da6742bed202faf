//! The facade: a request in, response bytes out.
//!
//! [`Engine::prepare`] takes a request up to its plan, [`Engine::run`] executes it.

mod cache;
mod config;
mod prepared;
mod request;
mod subscribe;

use std::sync::Arc;

use cache::{Caches, PlanKey, Planned};
pub use config::{Config, SubgraphErrors};
pub use prepared::Prepared;
use request::Refusal;
pub use request::{Outcome, Request, Response};

use crate::execute::{Program, Run, Transport};
use crate::graph::{Graph, GraphError};
use crate::operation::{
    CoercedVariables, ConditionMask, Document, IntrospectionField, Introspector, Operation, coerce, normalize,
};
use crate::plan::plan;
use crate::plan::query_plan::OperationKind;

/// The engine for one supergraph. Immutable: a new supergraph is a new engine.
pub struct Engine {
    graph: Graph,
    introspector: Introspector,
    transport: Arc<dyn Transport>,
    config: Config,
    caches: Caches,
}

/// Why an engine cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The supergraph cannot be used: every problem found.
    #[error("the supergraph cannot be used: {}", lines(.0))]
    Supergraph(Vec<GraphError>),
}

fn lines(errors: &[GraphError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Engine {
    /// An engine for a supergraph schema.
    ///
    /// # Errors
    /// When the schema is not a supergraph this engine understands.
    pub fn from_supergraph(
        sdl: &str,
        transport: Arc<dyn Transport>,
        config: Config,
    ) -> Result<Self, BuildError> {
        let graph = Graph::from_sdl(sdl).map_err(BuildError::Supergraph)?;
        Ok(Self::from_graph(graph, transport, config))
    }

    /// An engine for a supergraph that was read already.
    pub fn from_graph(graph: Graph, transport: Arc<dyn Transport>, config: Config) -> Self {
        let introspector = Introspector::new(graph.api_schema().clone());
        let caches = Caches::new(config.document_cache_bytes, config.plan_cache_bytes);
        Self { graph, introspector, transport, config, caches }
    }

    /// The supergraph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The schema clients see, as SDL.
    pub fn api_schema(&self) -> String {
        self.graph.api_schema().to_string()
    }

    /// Answers a query or mutation.
    pub async fn execute(&self, request: Request) -> Response {
        match self.prepare(&request) {
            Ok(prepared) => self.run(prepared).await,
            Err(refusal) => refusal,
        }
    }

    /// Parses, validates and plans a request without running it.
    ///
    /// # Errors
    /// The answer to a request that is refused.
    pub fn prepare(&self, request: &Request) -> Result<Prepared, Response> {
        self.accept(request).map_err(|refusal| refusal.response())
    }

    /// Answers a prepared query or mutation.
    pub async fn run(&self, prepared: Prepared) -> Response {
        if prepared.kind() == OperationKind::Subscription {
            let message = "a subscription is answered as a stream of events".to_owned();
            return Refusal::Internal(message).response();
        }
        self.as_run(&prepared).execute(None).await.into()
    }

    /// A request's way to its plan.
    fn accept(&self, request: &Request) -> Result<Prepared, Arc<Refusal>> {
        let parsed = self.caches.document(&request.query, || self.parse(&request.query))?;
        let operation = parsed
            .document
            .operation(request.operation_name.as_deref())
            .map_err(|error| Refusal::Operation(vec![error]))?;
        let variables = coerce(self.graph.api_schema(), operation, &request.variables, &self.config.limits)
            .map_err(Refusal::Operation)?;
        let mask = operation.conditions().evaluate(&variables).map_err(Refusal::Operation)?;
        let key = PlanKey { document: parsed.id, operation: operation.name().map(Box::from), mask };
        let planned = self.caches.plan(&key, || self.plan(&parsed.document, operation, &key.mask))?;
        if planned.introspects && !request.introspection {
            return Err(Arc::new(Refusal::Introspection));
        }
        let introspection = self.introspect(&parsed.document, operation, &key.mask, &planned, &variables)?;
        Ok(Prepared {
            kind: operation.kind(),
            name: operation.name().map(Arc::from),
            planned,
            variables,
            introspection,
            context: request.context.clone(),
        })
    }

    fn parse(&self, text: &str) -> Result<Document, Refusal> {
        Document::parse(self.graph.api_schema(), text, &self.config.limits).map_err(Refusal::Operation)
    }

    fn plan(
        &self,
        document: &Document,
        operation: &Operation,
        mask: &ConditionMask,
    ) -> Result<Program, Refusal> {
        let normal = normalize(&self.graph, document, operation, mask, &self.config.limits)
            .map_err(|error| Refusal::Operation(vec![error]))?;
        let plan = plan(&self.graph, &normal, &self.config.plan_options()).map_err(Refusal::Plan)?;
        Program::new(plan).map_err(|error| Refusal::Internal(error.to_string()))
    }

    fn introspect(
        &self,
        document: &Document,
        operation: &Operation,
        mask: &ConditionMask,
        planned: &Planned,
        variables: &CoercedVariables,
    ) -> Result<Arc<[IntrospectionField]>, Refusal> {
        if !planned.introspects {
            return Ok(Arc::new([]));
        }
        if let Some(known) = planned.introspection.get() {
            return Ok(known.clone());
        }
        let answer = self.introspector.answer(document, operation, mask, variables);
        let answer: Arc<[_]> = answer.map_err(Refusal::Operation)?.into();
        if variables.iter().next().is_none() {
            // Another request may have been faster, with the same answer.
            return Ok(planned.introspection.get_or_init(|| answer).clone());
        }
        Ok(answer)
    }

    fn as_run<'a>(&'a self, prepared: &'a Prepared) -> Run<'a> {
        Run {
            program: &prepared.planned.program,
            graph: &self.graph,
            transport: &*self.transport,
            variables: &prepared.variables,
            introspection: &prepared.introspection,
            context: &*prepared.context,
            policy: self.config.error_policy(),
            limits: self.config.execution_limits(),
        }
    }
}
