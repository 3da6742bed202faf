//! One operation of a WebSocket: what its client is told of it.

use std::sync::Arc;

use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use federation::{Outcome, Response};
use futures::future::ready;
use futures::stream::{self, BoxStream, StreamExt};
use http::HeaderMap;
use tokio::time::Instant;
use tracing::Instrument;

use crate::answers::AnswerUse;
use crate::app::Gateway;
use crate::context::RequestContext;
use crate::http::answer::{Answer, Content};
use crate::http::decode;
use crate::http::events::Opened;
use crate::http::insight::Insight;
use crate::http::rejection::Rejection;
use crate::http::run::{Subscribed, perform};
use crate::http::task::Task;
use crate::layers::{AccessNote, milliseconds};
use crate::telemetry::{Account, metrics, spans};

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

/// What all operations of a connection have in common.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// How the client takes answers in several payloads; `None` if it does not.
    pub(super) defer: Option<DeferFormat>,
    /// What is told beside answers.
    insight: Insight,
}

impl Manner {
    /// Tells what the connection's headers ask for.
    pub(super) fn asked_by(&mut self, gateway: &Gateway, headers: &HeaderMap) {
        self.insight = Insight::wanted(gateway, headers);
    }
}

/// Runs an operation. Dropping the stream stops it.
pub(super) fn run(
    gateway: Arc<Gateway>,
    context: Arc<RequestContext>,
    account: Arc<Account>,
    request: Bytes,
    manner: Manner,
) -> BoxStream<'static, Told> {
    let started = async move {
        let span = spans::websocket_operation(&context.forwarded().request_id, &context.forwarded().trace);
        let log = Log::new(&context, account.clone());
        let answering = account.clone().scope(answer(&gateway, context, &request, manner));
        let mut told = match answering.instrument(span.clone()).await {
            Ok(answer) => tell(answer, log),
            Err(rejection) => refuse(&rejection, log),
        };
        // What is told later belongs to the operation as well.
        stream::poll_fn(move |task| {
            let _entered = span.enter();
            account.enter(|| told.poll_next_unpin(task))
        })
    };
    stream::once(started).flatten().boxed()
}

async fn answer(
    gateway: &Gateway,
    context: Arc<RequestContext>,
    request: &Bytes,
    manner: Manner,
) -> Result<Answer<Subscribed>, Rejection> {
    let task = Task::of(gateway, decode::from_body(request)?).await?;
    let insight = task.insight.or(manner.insight);
    perform(gateway, Task { insight, defer: manner.defer, takes_events: true, ..task }, context).await
}

fn tell(answer: Answer<Subscribed>, mut log: Log) -> BoxStream<'static, Told> {
    let Answer { content, note, .. } = answer;
    let errors = note.errors;
    log.note = AccessNote { errors: 0, ..note };
    match content {
        Content::Whole(body, Outcome::Refused) | Content::Events(Err(Response { body, .. })) => {
            log.count(errors);
            only(Told::Refused(body))
        }
        Content::Whole(body, Outcome::Executed) => {
            log.count(errors);
            stream::iter([Told::Next(body), Told::Over]).boxed()
        }
        Content::Kept(found, _) => {
            log.count(0);
            stream::iter([Told::Next(found.kept().body.clone()), Told::Over]).boxed()
        }
        Content::Payloads(_, payloads) => {
            let next = move |payload: Payload| {
                log.count(payload.errors);
                Told::Next(payload.body)
            };
            payloads.map(next).chain(only(Told::Over)).boxed()
        }
        Content::Events(Ok(opened)) => follow(opened, log),
    }
}

fn follow(Opened { responses, permit }: Opened, mut log: Log) -> BoxStream<'static, Told> {
    let next = move |is_over: &mut bool, event: Option<Result<Response, Rejection>>| {
        let _held_while_it_lasts = &permit;
        let is_after = std::mem::replace(is_over, !matches!(event, Some(Ok(_))));
        ready((!is_after).then(|| match event {
            Some(Ok(response)) => {
                log.count(response.errors);
                Told::Next(response.body)
            }
            Some(Err(rejection)) => {
                log.count(1);
                Told::Refused(rejection.body(&log.request_id))
            }
            None => Told::Over,
        }))
    };
    only(Told::Follows).chain(responses.map(Some).chain(stream::iter([None])).scan(false, next)).boxed()
}

fn refuse(rejection: &Rejection, mut log: Log) -> BoxStream<'static, Told> {
    log.count(1);
    only(Told::Refused(rejection.body(&log.request_id)))
}

fn only(told: Told) -> BoxStream<'static, Told> {
    stream::once(ready(told)).boxed()
}

/// An operation's line in the log, written when it ends.
struct Log {
    request_id: Arc<str>,
    started: Instant,
    responses: usize,
    account: Arc<Account>,
    /// With the errors of all responses.
    note: AccessNote,
}

impl Log {
    fn new(context: &RequestContext, account: Arc<Account>) -> Self {
        Self {
            request_id: context.forwarded().request_id.clone(),
            started: Instant::now(),
            responses: 0,
            account,
            note: AccessNote::default(),
        }
    }

    /// Counts a response with its errors.
    fn count(&mut self, errors: usize) {
        self.responses += 1;
        self.note.errors += errors;
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let Self { request_id, started, responses, account, note } = self;
        metrics::erred(note);
        tracing::info!(
            target: "gateway::access",
            %request_id, operation = note.operation.as_deref(), duration_ms = milliseconds(started.elapsed()),
            responses, errors = note.errors, caller = account.caller(), subgraph_calls = account.calls(),
            subgraph_bytes = account.subgraph_bytes(), plan = account.plan(),
            cache = note.kept.map(AnswerUse::as_str),
            "websocket operation"
        );
    }
}
