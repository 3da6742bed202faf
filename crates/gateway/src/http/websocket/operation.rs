//! One operation of a WebSocket: what its client is told of it.

use std::sync::Arc;

use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use federation::plan::query_plan::OperationKind;
use federation::{Prepared, Response};
use futures::Stream;
use futures::future::ready;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use crate::answers::{AnswerUse, Asking};
use crate::app::Gateway;
use crate::budget::{self, Overspent, Subscriber, Tally, paid};
use crate::context::RequestContext;
use crate::http::decode;
use crate::http::rejection::Rejection;
use crate::http::run::{Task, kept, prepare};
use crate::operations::StoredOperation;
use crate::telemetry::slow::{EventWatch, Watch, watched};
use crate::telemetry::{Account, spans};

/// What is told of an operation.
#[derive(Debug)]
pub(super) enum Told {
    /// It is a subscription, which lasts until something ends it.
    Follows,
    /// A response.
    Next(Bytes),
    /// It was refused, and is over.
    Refused(Bytes),
    /// It is over.
    Over,
}

/// Runs an operation. Dropping the stream stops it.
pub(super) fn run(
    gateway: Arc<Gateway>,
    context: Arc<RequestContext>,
    account: Arc<Account>,
    request: Bytes,
    defer: Option<DeferFormat>,
) -> BoxStream<'static, Told> {
    let started = async move {
        let span = spans::websocket_operation(&context.forwarded().request_id, &context.forwarded().trace);
        let beginning = account.clone().scope(begin(gateway, &context, &request, defer));
        let begun = beginning.instrument(span.clone()).await;
        let mut told = begun
            .unwrap_or_else(|rejection| only(Told::Refused(rejection.body(&context.forwarded().request_id))));
        // What is told later belongs to the operation as well.
        stream::poll_fn(move |task| {
            let _entered = span.enter();
            account.enter(|| told.poll_next_unpin(task))
        })
    };
    stream::once(started).flatten().boxed()
}

async fn begin(
    gateway: Arc<Gateway>,
    context: &Arc<RequestContext>,
    request: &Bytes,
    defer: Option<DeferFormat>,
) -> Result<BoxStream<'static, Told>, Rejection> {
    let began = std::time::Instant::now();
    let task = Task::of(&gateway, decode::from_body(request)?).await?;
    match prepare(&gateway, &task, context, defer) {
        Ok(prepared) => {
            let mut log = Log::new(&prepared, context);
            let engine = &gateway.view_of(context).engine;
            if prepared.kind() == OperationKind::Subscription {
                let permit = gateway.shared.open_subscription()?;
                let opening = budget::spend(&gateway, &prepared, context).await?;
                let subscriber = Subscriber::new(&gateway, &prepared, context, opening);
                let watch = EventWatch::begin(&gateway, &task.query, &prepared, context);
                let opening = engine.clone().subscribe(prepared).instrument(spans::subscribe());
                let opened = opening.await.map(|responses| watched(responses, watch));
                return Ok(follow(opened, (log, permit), subscriber, task.stored.as_deref()));
            }
            let spent = budget::spend(&gateway, &prepared, context).await?;
            let asking = kept(&gateway, &task, &prepared, context).await;
            log.kept = asking.usage();
            let room = match asking {
                Asking::Kept(found, _) => {
                    let body = found.kept().body.clone();
                    if let Some(spent) = spent {
                        spent.settle(&body);
                    }
                    log.count(0);
                    log.record(task.stored.as_deref());
                    return Ok(stream::iter([Told::Next(body), Told::Over]).boxed());
                }
                Asking::Missing(room) => Some(room),
                Asking::Alone => None,
            };
            let watch = Watch::begin(&gateway, &task.query, &prepared, context, began);
            let span = spans::execution(prepared.name(), prepared.kind());
            let _change = gateway.change(&prepared, &context.caller);
            let deadline = sleep_until(context.deadline);
            if prepared.defer_format().is_some() {
                let tally = spent.map(|spent| Tally::new(engine, &prepared.measured(), Some(spent)));
                let payloads = engine.clone().run_incremental(prepared, deadline);
                return Ok(deliver(payloads, log, (watch, tally), task.stored));
            }
            let response = engine.run_until(prepared, deadline).instrument(span).await;
            if let Some(spent) = spent {
                spent.settle(&response.body);
            }
            if let (Some(room), Some(answers)) = (room, &gateway.answers) {
                answers.keep(room, &response);
            }
            log.note(&response);
            log.record(task.stored.as_deref());
            Ok(stream::iter([Told::Next(response.body), Told::Over]).boxed())
        }
        Err(refusal) => {
            if let Some(stored) = &task.stored {
                stored.statistics.record(began, true);
            }
            Ok(only(Told::Refused(refusal.body)))
        }
    }
}

/// An answer in several payloads.
fn deliver(
    payloads: impl Stream<Item = Payload> + Send + 'static,
    mut log: Log,
    (watch, mut tally): (Option<Watch>, Option<Tally>),
    stored: Option<Arc<StoredOperation>>,
) -> BoxStream<'static, Told> {
    let next = move |payload: Payload| {
        let _until_the_last = &watch;
        log.count(payload.errors);
        if let Some(tally) = &mut tally {
            tally.add(&payload);
        }
        if !payload.has_next {
            log.record(stored.as_deref());
        }
        Told::Next(payload.body)
    };
    payloads.map(next).chain(only(Told::Over)).boxed()
}

fn follow(
    opened: Result<BoxStream<'static, Response>, Response>,
    (mut log, permit): (Log, OwnedSemaphorePermit),
    subscriber: Option<Subscriber>,
    stored: Option<&StoredOperation>,
) -> BoxStream<'static, Told> {
    match opened {
        Ok(responses) => {
            log.record(stored);
            let next = move |is_over: &mut bool, event: Option<Result<Response, Overspent>>| {
                let _held_while_it_lasts = &permit;
                let is_after = std::mem::replace(is_over, !matches!(event, Some(Ok(_))));
                ready((!is_after).then(|| match event {
                    Some(Ok(response)) => {
                        log.note(&response);
                        Told::Next(response.body)
                    }
                    Some(Err(overspent)) => {
                        log.count(1);
                        Told::Refused(Rejection::from(overspent).body(&log.request_id))
                    }
                    None => Told::Over,
                }))
            };
            let events = paid(responses, subscriber).map(Some).chain(stream::iter([None]));
            only(Told::Follows).chain(events.scan(false, next)).boxed()
        }
        Err(failure) => {
            log.note(&failure);
            log.record(stored);
            only(Told::Refused(failure.body))
        }
    }
}

fn only(told: Told) -> BoxStream<'static, Told> {
    stream::once(ready(told)).boxed()
}

/// An operation's line in the log, written when it ends.
struct Log {
    request_id: Arc<str>,
    operation: Option<Arc<str>>,
    started: Instant,
    responses: usize,
    errors: usize,
    account: Option<Arc<Account>>,
    kept: Option<AnswerUse>,
}

impl Log {
    fn new(prepared: &Prepared, context: &RequestContext) -> Self {
        Self {
            request_id: context.forwarded().request_id.clone(),
            operation: prepared.name().map(Arc::from),
            started: Instant::now(),
            responses: 0,
            errors: 0,
            account: Account::current(),
            kept: None,
        }
    }

    fn note(&mut self, response: &Response) {
        self.count(response.errors);
    }

    fn count(&mut self, errors: usize) {
        self.responses += 1;
        self.errors += errors;
    }

    /// Counts the operation among those of a stored one.
    fn record(&self, stored: Option<&StoredOperation>) {
        if let Some(stored) = stored {
            stored.statistics.record(self.started.into(), self.errors > 0);
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let Self { request_id, operation, started, responses, errors, account, kept } = self;
        let account = account.as_deref();
        let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(
            target: "gateway::access",
            %request_id, operation = operation.as_deref(), duration_ms, responses, errors,
            caller = account.and_then(Account::caller), subgraph_calls = account.map(Account::calls),
            subgraph_bytes = account.map(Account::subgraph_bytes), plan = account.and_then(Account::plan),
            cache = kept.map(AnswerUse::as_str),
            "websocket operation"
        );
    }
}
