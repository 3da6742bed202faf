//! The facade: a request in, response bytes out.
//!
//! [`Engine::prepare`] takes a request up to its plan, [`Engine::run`] executes it.

mod cache;
mod config;
mod cost;
mod hot;
mod incremental;
mod overrides;
mod permissions;
mod prepared;
mod question;
mod request;
mod shared;
mod subscribe;

use std::future::{Future, pending};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub use cache::Kept;
use cache::{Caches, Judged, Parsed, PlanKey, Planned};
pub use config::{Config, SubgraphErrors};
use cost::Costed;
pub use cost::Measured;
pub use hot::HotPlan;
use overrides::Labels;
pub use overrides::Overrides;
pub use permissions::Permissions;
pub use prepared::Prepared;
use question::PlanId;
pub use question::Question;
use request::Refusal;
pub use request::{Outcome, RefusalCode, Request, Response};

use crate::execute::{Carries, Program, Run, Sharing, Transport};
use crate::graph::{AccessId, Contract, Graph, GraphError};
use crate::operation::{
    CachePolicy, CoercedVariables, Document, ErrorCode, Introspector, Limits, Mask, NormalOperation,
    Operation, OperationError, access_rules, authorize, cache_policy, coerce, normalize, normalize_deferred,
};
use crate::plan::query_plan::{OperationKind, OutputSource};
use crate::plan::{QueryPlan, plan};

/// The engine for one supergraph. Immutable: a new supergraph is a new engine.
pub struct Engine {
    graph: Arc<Graph>,
    introspector: Introspector,
    labels: Labels,
    transport: Arc<dyn Transport>,
    config: Config,
    caches: Caches,
    sharing: Sharing,
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
        let labels = Labels::new(&graph, &config.override_labels);
        let sharing = Sharing::new(config.share_requests);
        Self { graph: Arc::new(graph), introspector, labels, transport, config, caches, sharing }
    }

    /// An engine for the part of the supergraph that a contract shows, with the same transport and configuration. If
    /// `held` is given, fields that take more than these permissions are not shown either.
    ///
    /// # Errors
    /// As [`Graph::contract`].
    pub fn part(&self, contract: &Contract, held: Option<&Permissions>) -> Result<Self, Vec<GraphError>> {
        let graph = self.graph.contract(contract, &|rule| held.is_some_and(|held| !held.meets(rule)))?;
        Ok(Self::from_graph(graph, self.transport.clone(), self.config.clone()))
    }

    /// The supergraph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What its transport takes along to and from a subgraph.
    pub fn carries(&self, subgraph: &str) -> Carries {
        self.transport.carries(subgraph)
    }

    /// How much is kept between requests.
    pub fn kept(&self) -> Kept {
        self.caches.kept()
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
        self.run_until(prepared, pending()).await
    }

    /// Answers a prepared query or mutation with what is there when `deadline` completes: subgraphs that have
    /// not answered by then count as not having answered in time.
    pub async fn run_until(&self, prepared: Prepared, deadline: impl Future<Output = ()>) -> Response {
        if prepared.kind() == OperationKind::Subscription {
            let message = "a subscription is answered as a stream of events".to_owned();
            return Refusal::Internal(message).response();
        }
        self.as_run(&prepared).execute(None, deadline).await.into()
    }

    /// A request's way to its plan.
    fn accept(&self, request: &Request) -> Result<Prepared, Arc<Refusal>> {
        let parsed = self.document(&request.query, request.limits.as_ref())?;
        let operation = parsed
            .document
            .operation(request.operation_name.as_deref())
            .map_err(|error| Refusal::Operation(vec![error]))?;
        let variables = coerce(self.graph.api_schema(), operation, &request.variables, &self.config.limits)
            .map_err(Refusal::Operation)?;
        let rules = rules_of(&parsed, operation);
        let key = PlanKey {
            document: parsed.id,
            operation: operation.name().map(Box::from),
            conditions: operation.conditions().evaluate(&variables).map_err(Refusal::Operation)?,
            access: rules.iter().map(|rule| request.permissions.meets(self.graph.access(*rule))).collect(),
            labels: self.labels.decide(&request.overrides),
            // An event is answered at once, whatever a variable says.
            deferred: request.defer.is_some()
                && operation.defers()
                && operation.kind() != OperationKind::Subscription,
        };
        let mut plan_was_kept = true;
        let planned = self.caches.plan(&key, || {
            plan_was_kept = false;
            tracing::info_span!("plan").in_scope(|| self.plan(&parsed, operation, &key))
        })?;
        planned.uses.fetch_add(1, Ordering::Relaxed);
        if !planned.introspection.is_empty() && !request.introspection {
            return Err(Arc::new(Refusal::Introspection));
        }
        if let Some(costed) = &planned.costed {
            costed.check(&self.graph, &variables, request.limits.as_ref().unwrap_or(&self.config.limits))?;
        }
        if operation.kind() == OperationKind::Subscription {
            check_event_field(&planned.program.plan)?;
        }
        let introspection = self.introspect(&parsed.document, operation, &planned, &variables)?;
        Ok(Prepared {
            kind: operation.kind(),
            name: operation.name().map(Arc::from),
            planned,
            variables: Arc::new(variables),
            introspection,
            context: request.context.clone(),
            defer: request.defer,
            cache_policy: cache_policy_of(&parsed, operation),
            has_access_rules: !rules.is_empty(),
            plan_was_kept,
            parsed: parsed.clone(),
        })
    }

    /// The document of a text, within the limits of a caller if it has some of its own.
    fn document(&self, text: &Arc<str>, limits: Option<&Limits>) -> Result<Arc<Parsed>, Arc<Refusal>> {
        let Some(limits) = limits else { return self.caches.document(text, || self.parse(text)) };
        let within = |checked: Result<(), _>| checked.map_err(|errors| Arc::new(Refusal::Operation(errors)));
        match self.caches.known_document(text) {
            Some(parsed) => within(parsed.document.size().check(limits)).map(|()| parsed),
            // Before anything is done on behalf of others, who may have looser limits.
            None => {
                within(Document::check_size(text, limits))?;
                self.caches.document(text, || self.parse(text))
            }
        }
    }

    fn parse(&self, text: &str) -> Result<Judged, Refusal> {
        let _span = tracing::info_span!("parse").entered();
        let document = Document::parse(self.graph.api_schema(), text, &self.config.limits)
            .map_err(Refusal::Operation)?;
        let operations = || document.operations().iter();
        let access = operations().map(|operation| access_rules(&self.graph, &document, operation)).collect();
        let policies =
            operations().map(|operation| cache_policy(&self.graph, &document, operation)).collect();
        Ok(Judged { document, access, policies })
    }

    fn plan(&self, parsed: &Parsed, operation: &Operation, key: &PlanKey) -> Result<Planned, Refusal> {
        let normalize = if key.deferred { normalize_deferred } else { normalize };
        let normal =
            normalize(&self.graph, &parsed.document, operation, &key.conditions, &self.config.limits)
                .map_err(|error| Refusal::Operation(vec![error]));
        match normal.and_then(|normal| self.plan_normal(normal, rules_of(parsed, operation), key)) {
            // What cannot be planned in parts may be possible in one.
            Err(_) if key.deferred => {
                self.plan(parsed, operation, &PlanKey { deferred: false, ..key.clone() })
            }
            outcome => outcome,
        }
    }

    fn plan_normal(
        &self,
        mut normal: NormalOperation,
        rules: &[AccessId],
        key: &PlanKey,
    ) -> Result<Planned, Refusal> {
        authorize(&self.graph, &mut normal, &|rule| {
            rules.binary_search(&rule).is_ok_and(|index| key.access.get(index))
        });
        let mut options = self.config.plan_options();
        options.override_labels = self.set_labels(&key.labels);
        let plan = plan(&self.graph, &normal, &options).map_err(Refusal::Plan)?;
        let program = Program::new(plan).map_err(|error| Refusal::Internal(error.to_string()))?;
        Ok(Planned {
            id: PlanId::next(),
            key: key.clone(),
            program: Arc::new(program),
            introspection: std::mem::take(&mut normal.introspection),
            costed: self.config.cost.map(|options| Costed::new(normal, options)),
            introspected: OnceLock::new(),
            uses: AtomicU64::new(0),
        })
    }

    fn set_labels(&self, labels: &Mask) -> Vec<Arc<str>> {
        let named = self.graph.labels().iter().enumerate();
        named.filter(|(index, _)| labels.get(*index)).map(|(_, label)| label.clone()).collect()
    }

    fn introspect(
        &self,
        document: &Document,
        operation: &Operation,
        planned: &Planned,
        variables: &CoercedVariables,
    ) -> Result<Arc<[String]>, Refusal> {
        if planned.introspection.is_empty() {
            return Ok(Arc::new([]));
        }
        if let Some(known) = planned.introspected.get() {
            return Ok(known.clone());
        }
        let answer = self.introspector.answer(document, operation, &planned.introspection, variables);
        let answer: Arc<[_]> = answer.map_err(Refusal::Operation)?.into();
        if variables.iter().next().is_none() {
            // Another request may have been faster, with the same answer.
            return Ok(planned.introspected.get_or_init(|| answer).clone());
        }
        Ok(answer)
    }

    fn as_run<'a>(&'a self, prepared: &'a Prepared) -> Run<'a> {
        Run {
            program: &prepared.planned.program,
            graph: &self.graph,
            transport: &self.transport,
            sharing: &self.sharing,
            variables: &prepared.variables,
            introspection: &prepared.introspection,
            context: &*prepared.context,
            policy: self.config.error_policy(),
            limits: self.config.execution_limits(),
        }
    }
}

fn index_of(parsed: &Parsed, operation: &Operation) -> Option<usize> {
    parsed.document.operations().iter().position(|known| std::ptr::eq(known, operation))
}

fn cache_policy_of(parsed: &Parsed, operation: &Operation) -> Option<CachePolicy> {
    *parsed.policies.get(index_of(parsed, operation)?)?
}

/// The rules of access that can matter to an operation, ascending.
fn rules_of<'a>(parsed: &'a Parsed, operation: &Operation) -> &'a [AccessId] {
    let index = index_of(parsed, operation);
    index.and_then(|index| parsed.access.get(index)).map(Vec::as_slice).unwrap_or_default()
}

/// A subscription whose one field is denied has no events.
fn check_event_field(plan: &QueryPlan) -> Result<(), Refusal> {
    let root = &plan.shapes[QueryPlan::ROOT.index()];
    match root.output.iter().find(|field| field.source == OutputSource::Denied) {
        Some(field) => {
            let message = format!("the field `{}` may not be read by this caller", field.coordinate);
            Err(Refusal::Operation(vec![OperationError::new(ErrorCode::Unauthorized, message)]))
        }
        None => Ok(()),
    }
}
