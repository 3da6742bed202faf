//! A decoded request through the engine, and its answer as HTTP.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use federation::plan::query_plan::OperationKind;
use federation::{Outcome, Overrides, Prepared, Request, Response};
use futures::stream;
use futures::{Stream, StreamExt};
use serde_json::{Map, Value};
use tracing::Instrument;

use super::accept::{EventFormat, Incremental};
use super::answer::{Answer, Content};
use super::decode::GraphqlRequest;
use super::events::{self, Opened};
use super::insight::{self, Costs, Insight};
use super::limits;
use super::rejection::Rejection;
use crate::answers::{Asking, Inquiry, Wish};
use crate::app::Gateway;
use crate::budget::{self, Overspent, Spent, Subscriber, Tally, paid};
use crate::context::RequestContext;
use crate::layers::AccessNote;
use crate::operations::{Asked, DocumentHash, StoredOperation};
use crate::telemetry::slow::{EventWatch, Watch, watched};
use crate::telemetry::{Account, PlanSource, metrics, spans};

/// What to run.
pub(super) struct Task {
    pub(super) query: Arc<str>,
    /// To keep the document by, once it is known to be good.
    pub(super) hash: Option<DocumentHash>,
    /// The stored operation that it is.
    pub(super) stored: Option<Arc<StoredOperation>>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Bytes,
    /// Only queries may run.
    pub(super) read_only: bool,
    /// What is told beside the answer.
    pub(super) insight: Insight,
    /// How the client takes an answer in several payloads.
    pub(super) defer: Option<Incremental>,
    /// How the client takes events.
    pub(super) events: Option<EventFormat>,
    /// The client takes nothing but a stream of server-sent events.
    pub(super) only_event_stream: bool,
    /// What the client says of answers that are kept.
    pub(super) wish: Wish,
}

impl Task {
    /// A request that is answered in one piece, whatever it asks for, by any answer that is kept.
    pub(super) async fn of(gateway: &Gateway, request: GraphqlRequest) -> Result<Self, Rejection> {
        let GraphqlRequest { query, hash, stored, operation_name, variables } = request;
        let asked = match stored {
            Some(id) => Asked::Stored(gateway.stored(&id)?),
            None => gateway.document_of_any(query, hash).await?,
        };
        let (query, stored) = match asked {
            Asked::Document(text) => (text, None),
            Asked::Stored(operation) => (operation.text.clone(), Some(operation)),
        };
        Ok(Self {
            query,
            // What is stored is known already.
            hash: hash.filter(|_| stored.is_none()),
            stored,
            operation_name,
            variables,
            read_only: false,
            insight: Insight::default(),
            defer: None,
            events: None,
            only_event_stream: false,
            wish: Wish::ANY,
        })
    }
}

/// Prepares and runs a request.
pub(super) async fn run(
    gateway: &Gateway,
    task: Task,
    context: Arc<RequestContext>,
) -> Result<Answer, Rejection> {
    let stream = task.only_event_stream.then_some(EventFormat::ServerSent).filter(|_| task.events.is_some());
    let (stored, started) = (task.stored.clone(), Instant::now());
    let answer = answer(gateway, task, context.clone()).await;
    if let Some(stored) = &stored {
        stored.statistics.record(started, answer.as_ref().map_or(true, |answer| answer.note.errors > 0));
    }
    let mut answer = answer?;
    let name = answer.note.operation.as_deref();
    answer.note.is_known = stored.is_some() || name.is_some_and(|name| gateway.labelled.contains(name));
    answer.deprecation = stored.and_then(|stored| stored.deprecation.clone());
    match (stream, answer.content) {
        // A client that takes nothing but a stream of events gets any answer as a stream of one.
        (Some(format), Content::Whole(body, outcome)) => {
            let only =
                Response { body, outcome, errors: answer.note.errors, notes: Vec::new(), event_took: None };
            let opened = Opened { responses: stream::iter([Ok(only)]).boxed(), permit: None };
            let content = Content::Events(format, events::body(gateway, &context.caller, format, opened));
            Ok(Answer { content, ..answer })
        }
        (_, content) => Ok(Answer { content, ..answer }),
    }
}

/// Finds the plan of a request; the response to one that is refused.
pub(super) fn prepare(
    gateway: &Gateway,
    task: &Task,
    context: &Arc<RequestContext>,
    defer: Option<DeferFormat>,
) -> Result<Prepared, Response> {
    let request = Request {
        query: task.query.clone(),
        operation_name: task.operation_name.clone(),
        variables: task.variables.clone(),
        introspection: gateway.tells_schema(&context.caller),
        permissions: gateway.permissions(&context.caller),
        overrides: Overrides::of_seed(context.caller.subject().unwrap_or(&context.forwarded().request_id)),
        limits: gateway.limits_of(&context.caller),
        context: context.clone(),
        defer,
    };
    let prepared = spans::prepare().in_scope(|| gateway.view_of(context).engine.prepare(&request))?;
    let source = if prepared.plan_was_kept() { PlanSource::Kept } else { PlanSource::Made };
    metrics::planned(source.as_str());
    if let Some(account) = Account::current() {
        account.note_plan(source);
    }
    limits::report(gateway, &prepared, context);
    if let Some(hash) = task.hash {
        gateway.keep_document(hash, &task.query);
    }
    Ok(prepared)
}

async fn answer(gateway: &Gateway, task: Task, context: Arc<RequestContext>) -> Result<Answer, Rejection> {
    let started = Instant::now();
    let defer = task.defer;
    let prepared = match prepare(gateway, &task, &context, defer.map(|incremental| incremental.format)) {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Answer::whole(None, refusal)),
    };
    match prepared.kind() {
        OperationKind::Mutation if task.read_only => return Err(Rejection::MutationOverGet),
        OperationKind::Subscription => {
            return subscribe(gateway, &task, prepared, &context).await;
        }
        OperationKind::Query | OperationKind::Mutation => {}
    }
    let spent = budget::spend(gateway, &prepared, &context).await?;
    let operation = prepared.name().map(Arc::from);
    let asking = kept(gateway, &task, &prepared, &context).await;
    let usage = asking.usage();
    let room = match asking {
        Asking::Kept(found, _) => {
            if let Some(spent) = spent {
                spent.settle(&found.kept().body);
            }
            return Ok(Answer::kept(operation, found, usage));
        }
        Asking::Missing(room) => Some(room),
        Asking::Alone => None,
    };
    let _change = gateway.change(&prepared, &context.caller);
    let watch = Watch::begin(gateway, &task.query, &prepared, &context, started);
    let engine = &gateway.view_of(&context).engine;
    let mut told = told(gateway, &task, &prepared, &context, spent.as_ref());
    let measured = task.insight.cost.then(|| prepared.measured());
    let policy = prepared.cache_policy();
    let deadline = tokio::time::sleep_until(context.deadline);
    let span = spans::execution(operation.as_deref(), prepared.kind());
    if let (Some(format), Some(incremental)) = (prepared.defer_format(), defer) {
        let wanted = task.insight.cost || spent.is_some();
        let tally = wanted.then(|| Tally::new(engine, &prepared.measured(), spent));
        let beside = Beside { tally, told, watch };
        let payloads = engine.clone().run_incremental(prepared, deadline);
        let first = Box::pin(in_payloads(gateway, &context, (format, incremental), payloads, beside));
        let mut answer = first.instrument(span).await;
        answer.note.operation = operation;
        return Ok(answer);
    }
    let running = engine.clone().run_shared(prepared, deadline);
    let response = running.instrument(span).await;
    if let Some(spent) = spent {
        spent.settle(&response.body);
    }
    if let Some(actual) = measured.and_then(|measured| engine.measure(&measured, &response.body))
        && let Some(cost) = told.get_mut("cost")
    {
        cost["actual"] = actual.into();
    }
    if let Some(found) = room.and_then(|room| gateway.answers.as_ref()?.keep(room, &response)) {
        return Ok(Answer::kept(operation, found, usage));
    }
    let costs = Costs::of(&told);
    let body = if told.is_empty() { response.body } else { insight::add_to(&response.body, told) };
    // What is incomplete now may be complete next time.
    let policy = policy.filter(|_| response.errors == 0);
    let mut answer = Answer { policy, costs, ..Answer::whole(operation, Response { body, ..response }) };
    answer.note.kept = usage;
    Ok(answer)
}

/// What goes along with an answer in several payloads until its last.
struct Beside {
    tally: Option<Tally>,
    /// What the client wants to be told, with the last payload.
    told: Map<String, Value>,
    watch: Option<Watch>,
}

impl Beside {
    fn pass(&mut self, payload: Payload) -> Payload {
        let actual = self.tally.as_mut().and_then(|tally| tally.add(&payload));
        if payload.has_next {
            return payload;
        }
        if let (Some(actual), Some(cost)) = (actual, self.told.get_mut("cost")) {
            cost["actual"] = actual.into();
        }
        self.watch = None;
        let body = insight::add_to_payload(payload.body, &std::mem::take(&mut self.told));
        Payload { body, ..payload }
    }
}

/// An answer in several payloads, once the first is there.
async fn in_payloads(
    gateway: &Gateway,
    context: &RequestContext,
    (format, incremental): (DeferFormat, Incremental),
    mut payloads: impl Stream<Item = Payload> + Unpin + Send + 'static,
    mut beside: Beside,
) -> Answer {
    let first = payloads.next().await;
    let errors = first.as_ref().map_or(0, |payload| payload.errors);
    let note = AccessNote { errors, ..AccessNote::default() };
    let costs = Costs::of(&beside.told);
    let payloads = stream::iter(first).chain(payloads).map(move |payload| beside.pass(payload)).boxed();
    let content = match incremental.carrier {
        EventFormat::Multipart => Content::Payloads(format, payloads),
        EventFormat::ServerSent => {
            let responses = payloads.map(|payload| Ok(response_of(payload))).boxed();
            let opened = Opened { responses, permit: None };
            let body = events::body(gateway, &context.caller, EventFormat::ServerSent, opened);
            Content::Events(EventFormat::ServerSent, body)
        }
    };
    Answer { content, note, policy: None, deprecation: None, notes: Vec::new(), costs }
}

/// What there is of answers that are kept for a request, which asks for nothing beside its answer.
pub(super) async fn kept(
    gateway: &Gateway,
    task: &Task,
    prepared: &Prepared,
    context: &RequestContext,
) -> Asking {
    let Some(answers) = &gateway.answers else { return Asking::Alone };
    if task.insight.is_any() || task.only_event_stream {
        return Asking::Alone;
    }
    let view = gateway.view_of(context);
    let asking = answers.ask(Inquiry { view, prepared, document: &task.query, context }, task.wish).await;
    if let Some(usage) = asking.usage() {
        metrics::looked_for_answer(usage);
    }
    asking
}

/// A payload as an event.
fn response_of(payload: Payload) -> Response {
    Response {
        body: payload.body,
        outcome: Outcome::Executed,
        errors: payload.errors,
        notes: Vec::new(),
        event_took: None,
    }
}

/// What the client wants to be told of its request.
fn told(
    gateway: &Gateway,
    task: &Task,
    prepared: &Prepared,
    context: &RequestContext,
    spent: Option<&Spent>,
) -> Map<String, Value> {
    let engine = &gateway.view_of(context).engine;
    let mut told = Map::new();
    if task.insight.plan {
        told.insert("queryPlan".to_owned(), insight::plan(engine, prepared));
    }
    if task.insight.cost {
        told.extend(engine.estimate(prepared).map(|cost| ("cost".to_owned(), insight::cost(&cost))));
        let limits = limits::exceeded(gateway, prepared, context);
        let mut exceeded: Vec<Value> =
            limits.iter().flat_map(|error| serde_json::to_value(error).ok()).collect();
        exceeded.extend(spent.and_then(Spent::shadow).map(Overspent::told));
        if !exceeded.is_empty() {
            told.insert("shadowLimits".to_owned(), exceeded.into());
        }
    }
    told
}

async fn subscribe(
    gateway: &Gateway,
    task: &Task,
    prepared: Prepared,
    context: &Arc<RequestContext>,
) -> Result<Answer, Rejection> {
    let format = task.events.ok_or(Rejection::Subscription)?;
    let permit = Some(gateway.shared.open_subscription()?);
    let opening = budget::spend(gateway, &prepared, context).await?;
    let subscriber = Subscriber::new(gateway, &prepared, context, opening);
    let caller = &context.caller;
    let operation = prepared.name().map(Arc::from);
    let watch = EventWatch::begin(gateway, &task.query, &prepared, context);
    let opening = gateway.view_of(context).engine.clone().subscribe(prepared);
    let (responses, errors) = match opening.instrument(spans::subscribe()).await {
        Ok(responses) => (
            paid(watched(responses, watch), subscriber).map(|event| event.map_err(Rejection::from)).boxed(),
            0,
        ),
        // The request is good; that there will be no events is the first and last of them.
        Err(failure) => (stream::iter([Ok(failure)]).boxed(), 1),
    };
    let body = events::body(gateway, caller, format, Opened { responses, permit });
    let note = AccessNote { operation, errors, ..AccessNote::default() };
    Ok(Answer {
        content: Content::Events(format, body),
        note,
        policy: None,
        deprecation: None,
        notes: Vec::new(),
        costs: Costs::default(),
    })
}
