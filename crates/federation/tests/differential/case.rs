//! One federation of a model, and one operation through it.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use bytes::Bytes;
use federation::compose::compose;
use federation::execute::{DeferFormat, Payload};
use federation::operation::{self, CostOptions, Limits, coerce, normalize};
use federation::plan::check::check;
use federation::plan::print;
use federation::plan::query_plan::{Fetch, FetchInput, OperationKind, QueryPlan};
use federation::{Config, Engine, Outcome, Permissions, Request, Response};
use serde_json::Value as Json;

use super::access::caller;
use super::dice::hash;
use super::expected::{Expected, compare};
use super::model::{Home, Model, Subgraph};
use super::operation::{Document, Selection, What};
use super::sdl;
use super::server::{EVENTS, Servers, View};
use super::world::World;
use crate::execute::deferred::{costs, put_together};
use crate::execute::server::Mode;
use crate::plan::subgraph_schema::schema;

/// What is wrong; of one kind, findings have the same cause for all one knows.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) kind: String,
    pub(super) detail: String,
}

fn finding(kind: impl Into<String>, detail: impl Into<String>) -> Finding {
    Finding { kind: kind.into(), detail: detail.into() }
}

/// A model's subgraphs composed, ready for operations.
pub(super) struct Federation {
    pub(super) model: Arc<Model>,
    whole: Valid<Schema>,
    world: World,
    engine: Arc<Engine>,
    servers: Arc<Servers>,
}

/// Whether an operation was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Equal,
    /// Not a valid operation.
    Invalid,
}

impl Federation {
    pub(super) fn new(model: Model, seed: u64) -> Result<Self, Finding> {
        let whole = Schema::parse_and_validate(sdl::whole(&model), "whole.graphql")
            .map_err(|invalid| finding("the whole schema is invalid", invalid.errors.to_string()))?;
        let subgraphs = sdl::subgraphs(&model);
        let composed = catch_unwind(AssertUnwindSafe(|| compose(&subgraphs)))
            .map_err(|panic| finding("composition panics", message(&*panic)))?;
        let composition = composed.map_err(|errors| {
            let mut codes: Vec<String> = errors.iter().map(|error| format!("{:?}", error.code)).collect();
            codes.sort();
            codes.dedup();
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            finding(format!("composition fails: {}", codes.join(" ")), errors.join("\n"))
        })?;
        let index = |name: &String| model.subgraphs.iter().position(|known| known == name);
        let schemas: Vec<(Subgraph, Valid<Schema>)> = (subgraphs.iter())
            .map(|subgraph| (index(&subgraph.name).expect("one of the model's"), schema(subgraph)))
            .collect();
        let model = Arc::new(model);
        let servers = Arc::new(Servers {
            model: model.clone(),
            schemas,
            world: World::new(seed),
            mode: Mutex::new(Mode::Json),
            log: Mutex::default(),
            caller: Mutex::default(),
            valid: Mutex::default(),
        });
        let override_labels = model.labels.iter().map(|label| label.as_str().into()).collect();
        let batch_entities = hash((seed, "batch")).is_multiple_of(4);
        let cost = Some(CostOptions::default());
        let config = Config { override_labels, batch_entities, cost, ..Config::default() };
        let engine = Engine::from_supergraph(&composition.supergraph_sdl, servers.clone(), config)
            .map_err(|error| finding("no engine", error.to_string()))?;
        let engine = Arc::new(engine);
        let federation = Self { model, whole, world: World::new(seed), engine, servers };
        federation.check_api()?;
        Ok(federation)
    }

    /// Clients see the fields of the whole.
    fn check_api(&self) -> Result<(), Finding> {
        let api = self.engine.graph().api_schema();
        for name in self.model.types.keys().filter(|name| self.whole.types.contains_key(name.as_str())) {
            let fields = |schema: &Valid<Schema>| {
                let ty = schema.types.get(name.as_str())?;
                let fields = match ty {
                    apollo_compiler::schema::ExtendedType::Object(object) => &object.fields,
                    apollo_compiler::schema::ExtendedType::Interface(interface) => &interface.fields,
                    _ => return None,
                };
                let mut fields: Vec<String> =
                    fields.iter().map(|(key, field)| format!("{key}: {}", field.ty)).collect();
                fields.sort();
                Some(fields)
            };
            let (expected, found) = (fields(&self.whole), fields(api));
            if expected != found {
                return Err(finding("the API differs", format!("{name}: {expected:?} became {found:?}")));
            }
        }
        Ok(())
    }

    /// Runs an operation both ways.
    pub(super) fn check(&self, document: &Document) -> Result<Verdict, Finding> {
        if document.kind == OperationKind::Mutation && !self.is_strict(document) {
            return Ok(Verdict::Invalid);
        }
        if document.root.is_empty() {
            return Ok(Verdict::Invalid);
        }
        let (query, variables) = document.print(false);
        let Ok(valid) = ExecutableDocument::parse_and_validate(&self.whole, &query, "query") else {
            return Ok(Verdict::Invalid);
        };
        let permissions = caller(hash((&query, "caller")));
        *self.servers.caller.lock().expect("no panic") = permissions.clone();
        let events = if document.kind == OperationKind::Subscription { EVENTS } else { 1 };
        let expected: Vec<Expected> =
            (0..events).map(|event| self.expected(&valid, &variables, &permissions, event)).collect();
        let request = Request {
            variables: Bytes::from(variables),
            permissions: permissions.clone(),
            ..Request::new(query.as_str())
        };
        self.check_plan(&request)?;
        for mode in [Mode::Json, Mode::Values] {
            if self.check_answers(&request, document.kind, mode, &expected)? == Verdict::Invalid {
                return Ok(Verdict::Invalid);
            }
        }
        if document.defers() {
            let is_whole = expected[0].errors.as_array().is_some_and(Vec::is_empty);
            let expected = is_whole.then_some(expected[0].data.as_str());
            for format in [DeferFormat::Labelled, DeferFormat::Pending] {
                self.check_deferred(document, (format, &permissions), expected)?;
            }
        }
        Ok(Verdict::Equal)
    }

    /// What a single server answers.
    fn expected(
        &self,
        operation: &Valid<ExecutableDocument>,
        variables: &str,
        caller: &Permissions,
        event: u64,
    ) -> Expected {
        self.world.reset();
        let complaints = Mutex::default();
        let view =
            View { model: &self.model, world: &self.world, subgraph: None, caller, complaints: &complaints };
        let variables: Json = serde_json::from_str(variables).expect("variables are JSON");
        let response = view.execute(&self.whole, operation, &variables, event);
        Expected {
            data: serde_json::to_string(&response.data).expect("data serialises"),
            errors: serde_json::to_value(&response.errors).expect("errors serialise"),
        }
    }

    /// Holds the answers of the engine against those of a single server.
    fn check_answers(
        &self,
        request: &Request,
        kind: OperationKind,
        mode: Mode,
        expected: &[Expected],
    ) -> Result<Verdict, Finding> {
        self.servers.reset(mode);
        let run = || match kind {
            OperationKind::Subscription => self.events(request),
            _ => vec![futures::executor::block_on(self.engine.execute(request.clone()))],
        };
        let answers = catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
            finding(format!("panics: {}", first_line(&message(&*panic))), message(&*panic))
        })?;
        let bodies: Vec<_> = answers.iter().map(|answer| String::from_utf8_lossy(&answer.body)).collect();
        let log = self.servers.take_log();
        let seen = || {
            let requests = log.requests.iter().map(|(name, text)| format!("  {name}: {text}"));
            let requests = requests.collect::<Vec<_>>().join("\n");
            let plan = self.plan(request);
            let expected: Vec<String> = expected
                .iter()
                .map(|Expected { data, errors }| format!("{{\"data\":{data}}} {errors}"))
                .collect();
            format!(
                "answer:   {}\nexpected: {}\nrequests:\n{requests}\n{plan}",
                bodies.join("\n          "),
                expected.join("\n          ")
            )
        };
        if answers.iter().any(|answer| answer.outcome == Outcome::Refused) {
            if bodies.iter().any(|body| body.contains("LIMIT_")) {
                return Ok(Verdict::Invalid);
            }
            if kind == OperationKind::Subscription && expected.iter().all(Expected::is_denied) {
                return Ok(Verdict::Equal);
            }
            return Err(finding("a valid operation is refused", seen()));
        }
        if let Some(complaint) = log.complaints.first() {
            let words: Vec<&str> = complaint.split(' ').skip(1).take(2).collect();
            let kind = format!("a subgraph complains: {}", words.join(" "));
            return Err(finding(kind, format!("{complaint}\n{}", seen())));
        }
        if bodies.len() != expected.len() {
            return Err(finding("events are missing", seen()));
        }
        match bodies.iter().zip(expected).find_map(|(body, expected)| compare(body, expected)) {
            Some(kind) => Err(finding(kind, seen())),
            None => Ok(Verdict::Equal),
        }
    }

    /// The answers to the events of a subscription, or that it cannot be opened.
    fn events(&self, request: &Request) -> Vec<Response> {
        let prepared = match self.engine.prepare(request) {
            Ok(prepared) => prepared,
            Err(refusal) => return vec![refusal],
        };
        match futures::executor::block_on(self.engine.clone().subscribe(prepared)) {
            Ok(events) => futures::executor::block_on_stream(events).collect(),
            Err(refusal) => vec![refusal],
        }
    }

    /// Payloads put together are the complete answer, if nothing fails.
    fn check_deferred(
        &self,
        document: &Document,
        (format, permissions): (DeferFormat, &Permissions),
        expected: Option<&str>,
    ) -> Result<(), Finding> {
        let (query, variables) = document.print(true);
        let request = Request {
            variables: Bytes::from(variables),
            defer: Some(format),
            permissions: permissions.clone(),
            ..Request::new(query.as_str())
        };
        self.servers.reset(Mode::Json);
        let run = || {
            let payloads = self.engine.clone().execute_incremental(&request);
            futures::executor::block_on_stream(payloads).collect::<Vec<Payload>>()
        };
        let payloads = catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
            finding(format!("panics when deferred: {}", first_line(&message(&*panic))), message(&*panic))
        })?;
        let log = self.servers.take_log();
        let seen = || {
            let bodies = payloads.iter().map(|payload| String::from_utf8_lossy(&payload.body).into_owned());
            let bodies = bodies.collect::<Vec<_>>().join("\n");
            let requests = log.requests.iter().map(|(name, text)| format!("  {name}: {text}"));
            let requests = requests.collect::<Vec<_>>().join("\n");
            format!(
                "payloads:\n{bodies}\nexpected: {expected:?}\nrequests:\n{requests}\n{}",
                self.plan(&request)
            )
        };
        // What is missing because of an error is told as null.
        if let Some(complaint) = log.complaints.first().filter(|_| expected.is_some()) {
            let words: Vec<&str> = complaint.split(' ').skip(1).take(2).collect();
            let kind = format!("a subgraph complains when deferred: {}", words.join(" "));
            return Err(finding(kind, format!("{complaint}\n{}", seen())));
        }
        let put_together = || put_together(format, &payloads);
        let whole = catch_unwind(AssertUnwindSafe(put_together))
            .map_err(|panic| finding("payloads do not fit", format!("{}\n{}", message(&*panic), seen())))?;
        let Some(expected) = expected else { return Ok(()) };
        if payloads.iter().any(|payload| payload.errors > 0) {
            // What is asked at once may be more than is allowed.
            let is_refused = payloads.iter().any(|one| String::from_utf8_lossy(&one.body).contains("LIMIT_"));
            return if is_refused { Ok(()) } else { Err(finding("errors when deferred", seen())) };
        }
        let expected: Json = serde_json::from_str(expected).expect("data is JSON");
        if whole != expected {
            return Err(finding("answers differ when deferred", seen()));
        }
        match costs(&self.engine, &request, &payloads, &whole) {
            Some(costs) => Err(finding("payloads cost another sum", format!("{costs:?}\n{}", seen()))),
            None => Ok(()),
        }
    }

    /// A plan is complete, and asks nothing twice.
    fn check_plan(&self, request: &Request) -> Result<(), Finding> {
        if let Ok(Ok(prepared)) = catch_unwind(AssertUnwindSafe(|| self.engine.prepare(request)))
            && let Some(fetch) = repeated(prepared.plan())
        {
            let text = &fetch.operation.text;
            return Err(finding("a plan asks twice", format!("{text}\n{}", self.plan(request))));
        }
        // Debug builds check each plan themselves. What is denied is not planned.
        if cfg!(debug_assertions) || !self.engine.graph().access_rules().is_empty() {
            return Ok(());
        }
        let (graph, limits) = (self.engine.graph(), Limits::default());
        let Ok(document) = operation::Document::parse(graph.api_schema(), &request.query, &limits) else {
            return Ok(());
        };
        let normal = document.operation(None).map_err(|error| vec![error]).and_then(|operation| {
            let variables = coerce(graph.api_schema(), operation, &request.variables, &limits)?;
            let mask = operation.conditions().evaluate(&variables)?;
            normalize(graph, &document, operation, &mask, &limits).map_err(|error| vec![error])
        });
        if let (Ok(normal), Ok(prepared)) = (normal, self.engine.prepare(request)) {
            let faults = check(graph, &normal, prepared.plan());
            if !faults.is_empty() {
                return Err(finding("a plan is unsound", format!("{faults:?}\n{}", self.plan(request))));
            }
        }
        Ok(())
    }

    /// Neighbouring mutations of one subgraph share a request, so what they lead to elsewhere is read after all
    /// of them: nothing there may depend on the state then. What a caller may not change separates no neighbours.
    fn is_strict(&self, document: &Document) -> bool {
        if !self.model.types.values().any(|ty| ty.fields.values().any(|field| field.stateful)) {
            return true;
        }
        let mut keys = HashSet::new();
        let homes = |selection: &Selection| match &selection.what {
            What::Field { name, alias, .. } if selection.directives.is_empty() => {
                // A field asked for again under the same key is asked for once.
                let key = alias.as_ref().unwrap_or(name).clone();
                if !keys.insert(key) {
                    return None;
                }
                let field = self.model.types.get("Mutation")?.fields.get(name)?;
                let is_open = self.model.may_read("Mutation", name, &Permissions::default());
                is_open.then_some(&field.homes)
            }
            _ => None,
        };
        let homes: Vec<_> = document.root.iter().map(homes).collect();
        let apart = |pair: &[Option<&BTreeMap<Subgraph, Home>>]| match pair {
            [Some(one), Some(other)] => one.keys().all(|home| !other.contains_key(home)),
            _ => true,
        };
        homes.iter().all(Option::is_some) && homes.windows(2).all(apart)
    }

    fn plan(&self, request: &Request) -> String {
        match catch_unwind(AssertUnwindSafe(|| self.engine.prepare(request))) {
            Ok(Ok(prepared)) => print(self.engine.graph(), prepared.plan()),
            Ok(Err(_)) => "no plan".to_owned(),
            Err(panic) => message(&*panic),
        }
    }
}

/// A fetch of a query's plan that another makes needless: both ask the same of the same objects.
fn repeated(plan: &QueryPlan) -> Option<&Fetch> {
    let objects = |fetch: &Fetch| match &fetch.input {
        FetchInput::Root { shape, .. } => format!("{shape:?}"),
        FetchInput::Entities(inputs) => {
            let anchors = inputs.iter().flat_map(|input| &input.anchors);
            let rows = anchors.map(|anchor| (anchor.shape, &anchor.types, &anchor.representations));
            format!("{:?}", rows.collect::<Vec<_>>())
        }
    };
    let mut seen = HashSet::new();
    let is_query = plan.kind == OperationKind::Query;
    plan.fetches
        .iter()
        .filter(|_| is_query)
        .find(|fetch| !seen.insert((fetch.subgraph, fetch.operation.text.clone(), objects(fetch))))
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_ascii_digit()).take(80).collect()
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
