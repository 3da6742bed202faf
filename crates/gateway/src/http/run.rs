//! A decoded request through the engine, and its answer as HTTP.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use federation::plan::query_plan::OperationKind;
use federation::{Outcome, Overrides, Request};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use tracing::Instrument;

use super::accept::MediaType;
use super::query_plan;
use super::rejection::Rejection;
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
}

/// The engine's answer with what the log says of it.
pub(super) struct Answer {
    body: Bytes,
    outcome: Outcome,
    note: AccessNote,
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
    };
    let prepared = match tracing::info_span!("prepare").in_scope(|| gateway.engine.prepare(&request)) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            let note = AccessNote { operation: None, errors: refusal.errors };
            return Ok(Answer { body: refusal.body, outcome: refusal.outcome, note });
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
    let running = gateway.engine.run_until(prepared, deadline);
    let response = running.instrument(tracing::info_span!("execute")).await;
    let body = match plan {
        Some(plan) => query_plan::add_to(&response.body, &plan),
        None => response.body,
    };
    Ok(Answer { body, outcome: response.outcome, note: AccessNote { operation, errors: response.errors } })
}

impl Answer {
    /// As HTTP (GraphQL over HTTP, section 6.4): with `application/json` every well-formed request is
    /// answered with 200, with `application/graphql-response+json` a refused one with 400.
    pub(super) fn encode(self, media: MediaType) -> Response {
        let status = match (self.outcome, media) {
            (Outcome::Refused, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
            (Outcome::Refused, MediaType::Json) | (Outcome::Executed, _) => StatusCode::OK,
        };
        let mut response = (status, Body::from(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.as_str()));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(self.note);
        response
    }
}
