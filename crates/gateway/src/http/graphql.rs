//! The graph itself: `GET` and `POST` of GraphQL requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;

use super::accept::{self, MediaType};
use super::rejection::Rejection;
use super::run::{Answer, Task, run};
use super::{csrf, decode, query_plan, websocket};
use crate::app::Gateway;
use crate::layers::RequestInfo;

/// Answers one GraphQL request, or opens a WebSocket for many.
pub(super) async fn graphql(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if websocket::is_wanted(&request) {
        return websocket::accept(gateway, request).await;
    }
    let info = RequestInfo::of(&request);
    let Some(media) = accept::negotiate(request.headers()) else {
        return Rejection::NotAcceptable.respond(MediaType::Json, &info.id);
    };
    match answer(&gateway, &info, request).await {
        Ok(answer) => answer.encode(media),
        Err(rejection) => rejection.respond(media, &info.id),
    }
}

async fn answer(gateway: &Gateway, info: &RequestInfo, request: Request) -> Result<Answer, Rejection> {
    let (parts, body) = request.into_parts();
    let read_only = parts.method != Method::POST;
    if read_only && !csrf::is_deliberate(&parts.headers) {
        return Err(Rejection::Csrf);
    }
    let context = gateway.context(info, &parts.headers)?;
    let request = if read_only {
        decode::from_uri(&parts.uri)?
    } else {
        decode::check_content_type(&parts.headers)?;
        decode::from_body(&gateway.read_body(info, &parts.headers, body).await?)?
    };
    let task = Task {
        query: request.query.into(),
        operation_name: request.operation_name,
        variables: request.variables,
        read_only,
        include_plan: gateway.dev && query_plan::is_wanted(&parts.headers),
        defer: accept::defer_format(&parts.headers),
        events: accept::event_format(&parts.headers),
        only_event_stream: accept::only_event_stream(&parts.headers),
    };
    run(gateway, task, context).await
}
