//! A decoded request through the engine, and its answer as HTTP.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use federation::execute::{DeferFormat, Payload};
use federation::plan::query_plan::OperationKind;
use federation::{Outcome, Overrides, Request};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use tracing::Instrument;

use super::accept::MediaType;
use super::rejection::Rejection;
use super::{multipart, query_plan};
use crate::app::Gateway;
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
}

/// Prepares and runs a request.
pub(super) async fn run(
    gateway: &Gateway,
    task: Task,
    context: Arc<RequestContext>,
) -> Result<Answer, Rejection> {
    let request = Request {
        query: task.query,
        operation_name: task.operation_name,
        variables: task.variables,
        introspection: gateway.dev || !context.caller.is_anonymous(),
        permissions: context.caller.permissions(),
        overrides: Overrides::of_seed(context.caller.subject().unwrap_or(&context.forwarded.request_id)),
        context: context.clone(),
        // The plan is shown beside a complete answer.
        defer: task.defer.filter(|_| !task.include_plan),
    };
    let prepared = match tracing::info_span!("prepare").in_scope(|| gateway.engine.prepare(&request)) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            let note = AccessNote { operation: None, errors: refusal.errors };
            return Ok(Answer { content: Content::Whole(refusal.body, refusal.outcome), note });
        }
    };
    match prepared.kind() {
        OperationKind::Mutation if task.read_only => return Err(Rejection::MutationOverGet),
        OperationKind::Subscription => return Err(Rejection::Subscription),
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
    let running = gateway.engine.run_until(prepared, deadline);
    let response = running.instrument(tracing::info_span!("execute")).await;
    let body = match plan {
        Some(plan) => query_plan::add_to(&response.body, &plan),
        None => response.body,
    };
    let note = AccessNote { operation, errors: response.errors };
    Ok(Answer { content: Content::Whole(body, response.outcome), note })
}

impl Answer {
    /// As HTTP (GraphQL over HTTP, section 6.4): with `application/json` every well-formed request is
    /// answered with 200, with `application/graphql-response+json` a refused one with 400.
    pub(super) fn encode(self, media: MediaType) -> Response {
        let (status, content_type, body) = match self.content {
            Content::Payloads(format, payloads) => {
                (StatusCode::OK, multipart::content_type(format), multipart::body(payloads))
            }
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
