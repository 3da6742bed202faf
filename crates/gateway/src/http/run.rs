//! A decoded request through the engine, and its answer as HTTP.

use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use federation::plan::query_plan::OperationKind;
use federation::{Outcome, Overrides, Prepared, Request, Response};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use tracing::Instrument;

use super::accept::{EventFormat, MediaType};
use super::events::{self, Opened};
use super::rejection::Rejection;
use super::{multipart, query_plan, server_sent};
use crate::app::Gateway;
use crate::caller::Caller;
use crate::context::RequestContext;
use crate::layers::AccessNote;

/// What to run.
pub(super) struct Task {
    pub(super) query: Arc<str>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Bytes,
    /// Only queries may run.
    pub(super) read_only: bool,
    /// Show the query plan in the answer.
    pub(super) include_plan: bool,
    /// How the client takes an answer in several payloads.
    pub(super) defer: Option<DeferFormat>,
    /// How the client takes events.
    pub(super) events: Option<EventFormat>,
    /// The client takes nothing but a stream of server-sent events.
    pub(super) only_event_stream: bool,
}

/// The engine's answer with what the log says of it.
pub(super) struct Answer {
    content: Content,
    note: AccessNote,
}

/// An answer's body.
enum Content {
    Whole(Bytes, Outcome),
    Payloads(DeferFormat, BoxStream<'static, Payload>),
    Events(EventFormat, Body),
}

/// Prepares and runs a request.
pub(super) async fn run(
    gateway: &Gateway,
    task: Task,
    context: Arc<RequestContext>,
) -> Result<Answer, Rejection> {
    let stream = task.only_event_stream.then_some(EventFormat::ServerSent).filter(|_| task.events.is_some());
    let answer = answer(gateway, task, context.clone()).await?;
    match (stream, answer.content) {
        // A client that takes nothing but a stream of events gets any answer as a stream of one.
        (Some(format), Content::Whole(body, outcome)) => {
            let only = Response { body, outcome, errors: answer.note.errors };
            let opened = Opened { responses: stream::iter([only]).boxed(), permit: None };
            let content = Content::Events(format, events::body(gateway, &context.caller, format, opened));
            Ok(Answer { content, note: answer.note })
        }
        (_, content) => Ok(Answer { content, note: answer.note }),
    }
}

/// Finds the plan of a request; the response to one that is refused.
pub(super) fn prepare(
    gateway: &Gateway,
    task: &Task,
    context: &Arc<RequestContext>,
) -> Result<Prepared, Response> {
    let request = Request {
        query: task.query.clone(),
        operation_name: task.operation_name.clone(),
        variables: task.variables.clone(),
        introspection: gateway.dev || !context.caller.is_anonymous(),
        permissions: context.caller.permissions(),
        overrides: Overrides::of_seed(context.caller.subject().unwrap_or(&context.forwarded().request_id)),
        context: context.clone(),
        // The plan is shown beside a complete answer.
        defer: task.defer.filter(|_| !task.include_plan),
    };
    tracing::info_span!("prepare").in_scope(|| gateway.engine.prepare(&request))
}

async fn answer(gateway: &Gateway, task: Task, context: Arc<RequestContext>) -> Result<Answer, Rejection> {
    let prepared = match prepare(gateway, &task, &context) {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Answer::whole(None, refusal)),
    };
    match prepared.kind() {
        OperationKind::Mutation if task.read_only => return Err(Rejection::MutationOverGet),
        OperationKind::Subscription => {
            return subscribe(gateway, task.events, prepared, &context.caller).await;
        }
        OperationKind::Query | OperationKind::Mutation => {}
    }
    let operation = prepared.name().map(Arc::from);
    let plan = task.include_plan.then(|| query_plan::text(&gateway.engine, &prepared));
    let deadline = tokio::time::sleep_until(context.deadline);
    if let Some(format) = prepared.defer_format() {
        let mut payloads = gateway.engine.clone().run_incremental(prepared, deadline);
        let first = payloads.next().instrument(tracing::info_span!("execute")).await;
        let note = AccessNote { operation, errors: first.as_ref().map_or(0, |payload| payload.errors) };
        let payloads = stream::iter(first).chain(payloads).boxed();
        return Ok(Answer { content: Content::Payloads(format, payloads), note });
    }
    let running = gateway.engine.clone().run_shared(prepared, deadline);
    let response = running.instrument(tracing::info_span!("execute")).await;
    let body = match plan {
        Some(plan) => query_plan::add_to(&response.body, &plan),
        None => response.body,
    };
    Ok(Answer::whole(operation, Response { body, ..response }))
}

async fn subscribe(
    gateway: &Gateway,
    format: Option<EventFormat>,
    prepared: Prepared,
    caller: &Caller,
) -> Result<Answer, Rejection> {
    let format = format.ok_or(Rejection::Subscription)?;
    let permit = Some(gateway.open_subscription()?);
    let operation = prepared.name().map(Arc::from);
    let opening = gateway.engine.clone().subscribe(prepared);
    let (responses, errors) = match opening.instrument(tracing::info_span!("subscribe")).await {
        Ok(responses) => (responses, 0),
        // The request is good; that there will be no events is the first and last of them.
        Err(failure) => (stream::iter([failure]).boxed(), 1),
    };
    let body = events::body(gateway, caller, format, Opened { responses, permit });
    Ok(Answer { content: Content::Events(format, body), note: AccessNote { operation, errors } })
}

impl Answer {
    fn whole(operation: Option<Arc<str>>, response: Response) -> Self {
        let note = AccessNote { operation, errors: response.errors };
        Self { content: Content::Whole(response.body, response.outcome), note }
    }

    /// As HTTP (GraphQL over HTTP, section 6.4): with `application/json` every well-formed request is
    /// answered with 200, with `application/graphql-response+json` a refused one with 400.
    pub(super) fn encode(self, media: MediaType) -> axum::response::Response {
        let (status, content_type, body) = match self.content {
            Content::Payloads(format, payloads) => {
                (StatusCode::OK, multipart::content_type(format), multipart::body(payloads))
            }
            Content::Events(EventFormat::ServerSent, body) => {
                (StatusCode::OK, server_sent::CONTENT_TYPE, body)
            }
            Content::Events(EventFormat::Multipart, body) => (StatusCode::OK, multipart::EVENTS, body),
            Content::Whole(body, outcome) => {
                let status = match (outcome, media) {
                    (Outcome::Refused, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
                    (Outcome::Refused, MediaType::Json) | (Outcome::Executed, _) => StatusCode::OK,
                };
                (status, media.as_str(), Body::from(body))
            }
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(self.note);
        response
    }
}
