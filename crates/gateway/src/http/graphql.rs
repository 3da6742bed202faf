//! The graph itself: `GET` and `POST` of GraphQL requests.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method};

use super::accept::{self, MediaType};
use super::answer::{Answer, Streamed};
use super::caching::Reader;
use super::decode::GraphqlRequest;
use super::deliver::{Delivery, run};
use super::insight::Insight;
use super::rejection::Rejection;
use super::task::Task;
use super::{batch, csrf, decode, uploads, websocket};
use crate::answers::Wish;
use crate::app::Gateway;
use crate::context::Uploads;
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
        Ok((answer, reader)) => answer.encode(&gateway, media, reader.as_ref()),
        Err(rejection) => rejection.respond(media, &info.id),
    }
}

async fn answer(
    gateway: &Gateway,
    info: &RequestInfo,
    request: Request,
) -> Result<(Answer<Streamed>, Option<Reader>), Rejection> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let read_only = parts.method != Method::POST;
    if read_only && !csrf::is_deliberate(headers) {
        return Err(Rejection::Csrf);
    }
    // Who asks is found out before anything is read of what is asked.
    let mut context = gateway.context(info, headers).await?;
    let request = if read_only {
        decode::from_uri(&parts.uri)?
    } else if gateway.http.uploads.enabled && uploads::is_form(headers) {
        let (request, files) = form(gateway, info, headers, body).await?;
        context = Arc::new(context.with_uploads(files));
        request
    } else if uploads::is_form(headers) {
        return Err(Rejection::NoFiles);
    } else {
        decode::check_content_type(headers)?;
        let body = gateway.read_body(info, headers, body).await?;
        if let Some(requests) = batch::requests(&body, gateway.http.max_batch_size)? {
            let wish = Wish::of(headers, context.caller.is_anonymous());
            return Ok((batch::answer(gateway, info, &context, wish, requests).await?, None));
        }
        decode::from_body(&body)?
    };
    let anonymous = context.caller.is_anonymous();
    let reader = Reader::new(headers, read_only, anonymous);
    let mut task =
        Task { read_only, wish: Wish::of(headers, anonymous), ..Task::of(gateway, request).await? };
    task.insight = task.insight.or(Insight::wanted(gateway, headers));
    Ok((run(gateway, task, Delivery::of(headers), context).await?, Some(reader)))
}

/// The request of a form, and its files, read in time.
async fn form(
    gateway: &Gateway,
    info: &RequestInfo,
    headers: &HeaderMap,
    body: Body,
) -> Result<(GraphqlRequest, Uploads), Rejection> {
    if !csrf::is_deliberate_form(headers) {
        return Err(Rejection::Csrf);
    }
    let reading = uploads::read(headers, body, &gateway.http.uploads, gateway.http.max_body_size.0);
    let read = tokio::time::timeout_at(info.deadline, reading).await;
    let (request, files) = read.map_err(|_| Rejection::BodyTimeout)??;
    Ok((decode::from_body(&request)?, files))
}
