//! Stored operations over HTTP: a list of them, and each run by its id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use federation::operation::normal::VariableDefinition;
use federation::plan::query_plan::OperationKind;
use http::Method;
use http::request::Parts;
use serde::Serialize;

use super::accept::{self, MediaType};
use super::answer::{Answer, Streamed};
use super::caching::Reader;
use super::deliver::{self, Delivery};
use super::insight::Insight;
use super::rejection::Rejection;
use super::task::Task;
use super::{csrf, decode, tables};
use crate::answers::Wish;
use crate::app::Gateway;
use crate::layers::RequestInfo;
use crate::operations::{StoredOperation, from_query};

#[derive(Serialize)]
struct List<'a> {
    operations: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    description: Option<&'a str>,
    kind: &'static str,
    variables: Vec<Variable<'a>>,
}

#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
    required: bool,
    /// As GraphQL text.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'a str>,
}

impl<'a> From<&'a StoredOperation> for Entry<'a> {
    fn from(operation: &'a StoredOperation) -> Self {
        let variable = |definition: &'a VariableDefinition| Variable {
            name: &definition.name,
            ty: &definition.ty,
            required: definition.ty.ends_with('!') && definition.default.is_none(),
            default: definition.default.as_deref(),
        };
        Self {
            id: &operation.id,
            description: operation.description.as_deref(),
            kind: match operation.kind {
                OperationKind::Query => "query",
                OperationKind::Mutation => "mutation",
                OperationKind::Subscription => "subscription",
            },
            variables: operation.variables.iter().map(variable).collect(),
        }
    }
}

/// All stored operations with their variables.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    match gateway.callers.identify(request.headers()) {
        Ok(_) => {
            let operations = gateway.operations();
            let entries = operations.iter().map(|operation| Entry::from(&**operation));
            Json(List { operations: entries.collect() }).into_response()
        }
        Err(error) => Rejection::from(error).respond(MediaType::Json, &info.id),
    }
}

/// Runs one stored operation: `GET` takes variables from the query string, `POST` from `variables` of the body.
pub(super) async fn run(
    State(gateway): State<Arc<Gateway>>,
    parameters: RawPathParams,
    request: Request,
) -> Response {
    let info = RequestInfo::of(&request);
    let parameters: HashMap<_, _> = parameters.iter().collect();
    let id = parameters.get("id").copied().unwrap_or_default();
    // Ids have no dots.
    if let Some((id, ending)) = id.rsplit_once('.') {
        return tables::serve(gateway.clone(), id, ending, request).await;
    }
    let Some(media) = accept::negotiate(request.headers()) else {
        return Rejection::NotAcceptable.respond(MediaType::Json, &info.id);
    };
    match answer(&gateway, &info, id, request).await {
        Ok((answer, reader)) => answer.encode(&gateway, media, Some(&reader)),
        Err(rejection) => rejection.respond(media, &info.id),
    }
}

async fn answer(
    gateway: &Gateway,
    info: &RequestInfo,
    id: &str,
    request: Request,
) -> Result<(Answer<Streamed>, Reader), Rejection> {
    let (parts, body) = request.into_parts();
    let read_only = parts.method != Method::POST;
    if read_only && !csrf::is_deliberate(&parts.headers) {
        return Err(Rejection::Csrf);
    }
    let context = gateway.context(info, &parts.headers).await?;
    let operation = gateway.stored(id)?;
    let started = Instant::now();
    let variables = variables(gateway, info, &parts, body, &operation).await;
    // What is refused here is not run.
    let variables = variables.inspect_err(|_| operation.statistics.record(started, true))?;
    let anonymous = context.caller.is_anonymous();
    let task = Task {
        query: operation.text.clone(),
        hash: None,
        stored: Some(operation.clone()),
        operation_name: None,
        variables,
        read_only,
        insight: Insight::wanted(gateway, &parts.headers),
        defer: None,
        takes_events: false,
        only_event_stream: false,
        wish: Wish::of(&parts.headers, anonymous),
    };
    let reader = Reader::new(&parts.headers, read_only, anonymous);
    Ok((deliver::run(gateway, task, Delivery::of(&parts.headers), context).await?, reader))
}

/// Variables as the operation takes them.
async fn variables(
    gateway: &Gateway,
    info: &RequestInfo,
    parts: &Parts,
    body: Body,
    operation: &StoredOperation,
) -> Result<Bytes, Rejection> {
    if parts.method == Method::POST {
        decode::check_content_type(&parts.headers)?;
        return decode::variables_from_body(&gateway.read_body(info, &parts.headers, body).await?);
    }
    from_query(decode::query_pairs(&parts.uri)?, &operation.variables)
        .map_err(|error| Rejection::InvalidVariable { name: error.name, problem: error.problem })
}
