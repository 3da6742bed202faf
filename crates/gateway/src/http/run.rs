//! An operation through the engine, whatever way its answer takes to the client.

use std::sync::Arc;
use std::time::Instant;

use federation::execute::{DeferFormat, Payload};
use federation::plan::query_plan::OperationKind;
use federation::{Overrides, Prepared, Request, Response};
use futures::stream;
use futures::{Stream, StreamExt};
use serde_json::{Map, Value};
use tracing::Instrument;

use super::answer::{Answer, Content};
use super::events::Opened;
use super::insight::{self, BesideEvents, Costs};
use super::limits;
use super::rejection::Rejection;
use super::task::Task;
use super::uploads;
use crate::answers::{Asking, Inquiry};
use crate::app::Gateway;
use crate::budget::{self, Subscriber, Tally, paid};
use crate::context::RequestContext;
use crate::layers::AccessNote;
use crate::operations::StoredOperation;
use crate::telemetry::slow::{EventWatch, Watch, watched};
use crate::telemetry::{Account, PlanSource, metrics, spans};

/// The events of a subscription, or the answer to one that cannot be opened.
pub(super) type Subscribed = Result<Opened, Response>;

/// Prepares and runs an operation, and counts it among the uses of a stored one.
pub(super) async fn perform(
    gateway: &Gateway,
    task: Task,
    context: Arc<RequestContext>,
) -> Result<Answer<Subscribed>, Rejection> {
    let (stored, started) = (task.stored.clone(), Instant::now());
    let answer = answer(gateway, task, context).await;
    // What is answered in several payloads is counted with the last.
    let is_over = !matches!(&answer, Ok(answer) if matches!(answer.content, Content::Payloads(..)));
    if let Some(stored) = stored.as_deref().filter(|_| is_over) {
        stored.statistics.record(started, answer.as_ref().map_or(true, |answer| answer.note.errors > 0));
    }
    let mut answer = answer?;
    let name = answer.note.operation.as_deref();
    answer.note.is_known = stored.is_some() || name.is_some_and(|name| gateway.labelled.contains(name));
    answer.deprecation = stored.and_then(|stored| stored.deprecation.clone());
    Ok(answer)
}

/// Finds the plan of a request; the response to one that is refused.
fn prepare(gateway: &Gateway, task: &Task, context: &Arc<RequestContext>) -> Result<Prepared, Response> {
    let request = Request {
        query: task.query.clone(),
        operation_name: task.operation_name.clone(),
        variables: task.variables.clone(),
        introspection: gateway.tells_schema(&context.caller),
        permissions: gateway.permissions(&context.caller),
        overrides: Overrides::of_seed(context.caller.subject().unwrap_or(&context.forwarded().request_id)),
        limits: gateway.limits_of(&context.caller),
        context: context.clone(),
        defer: task.defer,
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

async fn answer(
    gateway: &Gateway,
    task: Task,
    context: Arc<RequestContext>,
) -> Result<Answer<Subscribed>, Rejection> {
    let started = Instant::now();
    let prepared = match prepare(gateway, &task, &context) {
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
    if let Some(files) = context.uploads() {
        uploads::check_carried(&gateway.view_of(&context).engine, &prepared, &task.variables, files)?;
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
    let mut told = insight::told(gateway, &task, &prepared, &context, spent.as_ref());
    let measured = task.insight.cost.then(|| prepared.measured());
    let policy = prepared.cache_policy();
    let deadline = tokio::time::sleep_until(context.deadline);
    let span = spans::execution(operation.as_deref(), prepared.kind());
    if let Some(format) = prepared.defer_format() {
        let wanted = task.insight.cost || spent.is_some();
        let tally = wanted.then(|| Tally::new(engine, &prepared.measured(), spent));
        let payloads = engine.clone().run_incremental(prepared, deadline);
        let beside = Beside { tally, told, _watch: watch, stored: task.stored, started, errors: 0 };
        let mut answer = Box::pin(in_payloads(format, payloads, beside)).instrument(span).await;
        answer.note.operation = operation;
        return Ok(answer);
    }
    let running = engine.clone().run_shared(prepared, deadline);
    let response = running.instrument(span).await;
    if let Some(spent) = spent {
        spent.settle(&response.body);
    }
    insight::add_actual(&mut told, measured.and_then(|measured| engine.measure(&measured, &response.body)));
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

/// What goes along with an answer in several payloads until its last, or until its client leaves.
struct Beside {
    tally: Option<Tally>,
    /// What the client wants to be told, with the last payload.
    told: Map<String, Value>,
    _watch: Option<Watch>,
    stored: Option<Arc<StoredOperation>>,
    started: Instant,
    errors: usize,
}

impl Beside {
    fn pass(&mut self, payload: Payload) -> Payload {
        self.errors += payload.errors;
        let actual = self.tally.as_mut().and_then(|tally| tally.add(&payload));
        if payload.has_next {
            return payload;
        }
        insight::add_actual(&mut self.told, actual);
        let body = insight::append(payload.body, &std::mem::take(&mut self.told));
        Payload { body, ..payload }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(stored) = &self.stored {
            stored.statistics.record(self.started, self.errors > 0);
        }
    }
}

/// An answer in several payloads, once the first is there.
async fn in_payloads(
    format: DeferFormat,
    mut payloads: impl Stream<Item = Payload> + Unpin + Send + 'static,
    beside: Beside,
) -> Answer<Subscribed> {
    let first = payloads.next().await;
    let errors = first.as_ref().map_or(0, |payload| payload.errors);
    let note = AccessNote { errors, ..AccessNote::default() };
    let costs = Costs::of(&beside.told);
    let mut beside = Some(beside);
    let pass = move |payload: Payload| {
        let is_last = !payload.has_next;
        let payload = match &mut beside {
            Some(beside) => beside.pass(payload),
            None => payload,
        };
        // The last is there: what it took is told, and it is counted, before it is sent.
        beside.take_if(|_| is_last);
        payload
    };
    let payloads = stream::iter(first).chain(payloads).map(pass).boxed();
    Answer { costs, ..Answer::new(Content::Payloads(format, payloads), note) }
}

/// What there is of answers that are kept for a request, which asks for nothing beside its answer.
async fn kept(gateway: &Gateway, task: &Task, prepared: &Prepared, context: &RequestContext) -> Asking {
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

async fn subscribe(
    gateway: &Gateway,
    task: &Task,
    prepared: Prepared,
    context: &Arc<RequestContext>,
) -> Result<Answer<Subscribed>, Rejection> {
    if !task.takes_events {
        return Err(Rejection::Subscription);
    }
    let permit = Some(gateway.shared.open_subscription()?);
    let opening = budget::spend(gateway, &prepared, context).await?;
    let told = insight::told(gateway, task, &prepared, context, opening.as_ref());
    let subscriber = Subscriber::new(gateway, &prepared, context, opening, task.insight.cost);
    let operation = prepared.name().map(Arc::from);
    let watch = EventWatch::begin(gateway, &task.query, &prepared, context);
    let engine = gateway.view_of(context).engine.clone();
    let opening = engine.subscribe_around(prepared, move |answering| watched(answering, watch.as_ref()));
    let subscribed = opening.instrument(spans::subscribe()).await.map(|responses| {
        let events = paid(responses, subscriber);
        let mut beside = (!told.is_empty()).then(|| BesideEvents::new(told));
        let mut tell = move |(event, cost)| match &mut beside {
            Some(beside) => beside.tell(event, cost),
            None => event,
        };
        let responses = events.map(move |event| event.map(&mut tell).map_err(Rejection::from)).boxed();
        Opened { responses, permit }
    });
    let note = AccessNote { operation, errors: usize::from(subscribed.is_err()), ..AccessNote::default() };
    Ok(Answer::new(Content::Events(subscribed), note))
}
