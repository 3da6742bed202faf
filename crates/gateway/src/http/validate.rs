//! `POST /graphql/validate`: what is to be said of a document without running it.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use federation::Engine;
use federation::operation::Fingerprint;
use federation::plan::{print, print_json};
use http::request::Parts;
use serde::Serialize;
use serde_json::value::RawValue;

use super::accept::MediaType;
use super::decode;
use super::rejection::Rejection;
use crate::app::Gateway;
use crate::judge::{Judge, Judgement, Told};
use crate::layers::RequestInfo;
use crate::operations::Asked;

#[derive(Serialize)]
struct Report<'a> {
    operations: Vec<Entry<'a>>,
    /// How many have errors.
    invalid: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(flatten)]
    told: Told<'a>,
    /// Stored operations that ask the same, with whatever values.
    stored_as: Vec<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
}

#[derive(Serialize)]
struct Plan {
    /// For people.
    text: String,
    /// For programs.
    json: Box<RawValue>,
}

/// Judges a document; all of its operations, or the one that is named.
pub(super) async fn validate(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    let (parts, body) = request.into_parts();
    match answer(&gateway, &info, &parts, body).await {
        Ok(response) => response,
        Err(rejection) => rejection.respond(MediaType::Json, &info.id),
    }
}

async fn answer(
    gateway: &Arc<Gateway>,
    info: &RequestInfo,
    parts: &Parts,
    body: Body,
) -> Result<Response, Rejection> {
    let caller = gateway.callers.identify(&parts.headers)?;
    gateway.check_schema_reader(&caller)?;
    decode::check_content_type(&parts.headers)?;
    let body = gateway.read_body(info, &parts.headers, body).await?;
    let sent = decode::from_body(&body)?;
    let text = match (sent.query, sent.stored) {
        (Some(text), _) => text.into(),
        (None, Some(id)) => gateway.stored(&id)?.text.clone(),
        (None, None) => match gateway.document(None, sent.hash)? {
            Asked::Document(text) => text,
            Asked::Stored(operation) => operation.text.clone(),
        },
    };
    let view = gateway.view(&caller).await;
    let gateway = gateway.clone();
    let judging = tokio::task::spawn_blocking(move || {
        report(&gateway, &view.engine, &text, sent.operation_name.as_deref(), &sent.variables)
    });
    judging.await.map_err(|error| {
        tracing::error!(%error, "a document cannot be judged");
        Rejection::Internal
    })?
}

fn report(
    gateway: &Gateway,
    engine: &Engine,
    text: &str,
    name: Option<&str>,
    variables: &[u8],
) -> Result<Response, Rejection> {
    let graph = engine.graph();
    let judge = Judge {
        graph,
        limits: &gateway.limits,
        operation_name: name,
        variables: Some(variables).filter(|json| !json.is_empty()),
        cost: gateway.cost_options,
        max_cost: None,
    };
    let judgements = judge.document(Path::new(""), text);
    let operations = judgements
        .iter()
        .map(|judgement| entry(gateway, engine, judgement))
        .collect::<Result<Vec<_>, _>>()?;
    let invalid = judgements.iter().filter(|judgement| !judgement.problems.is_empty()).count();
    Ok(Json(Report { operations, invalid }).into_response())
}

fn entry<'a>(gateway: &Gateway, engine: &Engine, judgement: &'a Judgement) -> Result<Entry<'a>, Rejection> {
    let graph = engine.graph();
    let plan = judgement.needs.as_ref().map(|needs| {
        let json = RawValue::from_string(print_json(graph, &needs.plan)).map_err(|error| {
            tracing::error!(%error, "a plan is no JSON");
            Rejection::Internal
        })?;
        Ok::<_, Rejection>(Plan { text: print(graph, &needs.plan), json })
    });
    Ok(Entry {
        told: Told::of(judgement),
        stored_as: judgement.fingerprint.map(|asked| stored_as(gateway, asked)).unwrap_or_default(),
        plan: plan.transpose()?,
    })
}

fn stored_as(gateway: &Gateway, asked: Fingerprint) -> Vec<Arc<str>> {
    let operations = gateway.operations();
    let alike = operations.iter().filter(|operation| operation.fingerprint == asked);
    alike.map(|operation| operation.id.clone()).collect()
}
