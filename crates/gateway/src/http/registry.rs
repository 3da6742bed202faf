//! Administration of the registry: `/graphql/registry` and `/graphql/registry/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use http::header::CACHE_CONTROL;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::accept::MediaType;
use super::decode;
use super::rejection::Rejection;
use crate::app::Gateway;
use crate::caller::Caller;
use crate::layers::RequestInfo;
use crate::operations::{StoredOperation, Summary};
use crate::registry::follow::Followed;
use crate::registry::{Change, Registered, Registration, RegistryError};

/// What a registration looks like.
const SENT: &str = "an object of `text`, `owner`, `description` and `deprecatedOn` (YYYY-MM-DD)";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    id: &'a str,
    description: Option<&'a str>,
    /// What the registry says; null for those of the folder.
    registered: Option<&'a Registered>,
    /// Of this gateway since it started.
    statistics: Summary,
}

impl<'a> From<&'a StoredOperation> for Entry<'a> {
    fn from(operation: &'a StoredOperation) -> Self {
        Self {
            id: &operation.id,
            description: operation.description.as_deref(),
            registered: operation.registered.as_ref(),
            statistics: operation.statistics.summary(),
        }
    }
}

/// A registration as it is sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sent {
    text: String,
    owner: String,
    description: Option<String>,
    deprecated_on: Option<NaiveDate>,
}

/// All operations that are served, with statistics.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    let (parts, _) = request.into_parts();
    if let Err(rejection) = administrator(&gateway, &parts) {
        return rejection.respond(MediaType::Json, &info.id);
    }
    let operations = gateway.operations();
    let entries: Vec<Entry<'_>> = operations.iter().map(|operation| Entry::from(&**operation)).collect();
    let problems = gateway.registry_problems();
    fresh(Json(serde_json::json!({ "operations": entries, "problems": problems })).into_response())
}

/// One operation: `GET` shows its versions, `PUT` registers one, `DELETE` retires it.
pub(super) async fn operation(
    State(gateway): State<Arc<Gateway>>,
    parameters: RawPathParams,
    request: Request,
) -> Response {
    let info = RequestInfo::of(&request);
    let id = parameters.iter().find(|(name, _)| *name == "id").map_or("", |(_, id)| id);
    match answer(&gateway, &info, id, request).await {
        Ok(response) => fresh(response),
        Err(rejection) => rejection.respond(MediaType::Json, &info.id),
    }
}

async fn answer(
    gateway: &Gateway,
    info: &RequestInfo,
    id: &str,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    let (caller, followed) = administrator(gateway, &parts)?;
    let failed = |error: RegistryError| match error {
        RegistryError::Unknown(_) => Rejection::NotRegistered,
        RegistryError::Invalid(_) | RegistryError::Full(_) => {
            Rejection::InvalidOperation(vec![error.to_string()])
        }
        RegistryError::Database(_) | RegistryError::UnsupportedUrl => {
            tracing::error!(request_id = %info.id, %error, "the registry does not answer");
            Rejection::RegistryUnavailable
        }
    };
    match parts.method {
        Method::PUT => {
            let sent = read(gateway, info, &parts, body).await?;
            let new = Registration {
                id: id.to_owned(),
                owner: sent.owner,
                description: sent.description,
                deprecated_on: sent.deprecated_on,
                text: sent.text,
            };
            new.check().map_err(failed)?;
            gateway.check_registration(&new)?;
            let by = caller.subject().unwrap_or("anonymous");
            let (registered, change) = followed.registry.register(new, by).await.map_err(failed)?;
            catch_up(gateway).await;
            tracing::info!(id, version = registered.version, by, ?change, "operation registered");
            let status = if change == Change::Created { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, Json(registered)).into_response())
        }
        Method::DELETE => {
            followed.registry.retire(id).await.map_err(failed)?;
            catch_up(gateway).await;
            tracing::info!(id, by = caller.subject(), "operation retired");
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => {
            let versions = followed.registry.versions(id).await.map_err(failed)?;
            Ok(Json(serde_json::json!({ "versions": versions })).into_response())
        }
    }
}

/// Serves a change at once. The change stands whether that succeeds or not: it is tried again soon.
async fn catch_up(gateway: &Gateway) {
    if let Err(error) = gateway.catch_up().await {
        tracing::warn!(%error, "a change of the registry is not served yet");
    }
}

async fn read(gateway: &Gateway, info: &RequestInfo, parts: &Parts, body: Body) -> Result<Sent, Rejection> {
    decode::check_content_type(&parts.headers)?;
    let body = gateway.read_body(info, &parts.headers, body).await?;
    serde_json::from_slice(&body).map_err(|error| {
        if error.is_data() {
            Rejection::InvalidMember { name: "the body", expected: SENT }
        } else {
            Rejection::InvalidJson { line: error.line(), column: error.column() }
        }
    })
}

/// The caller, if it may administer the registry, and the registry, if there is one.
fn administrator<'a>(gateway: &'a Gateway, parts: &Parts) -> Result<(Caller, &'a Followed), Rejection> {
    let caller = gateway.callers.identify(&parts.headers)?;
    let followed = gateway.registry.as_ref().ok_or(Rejection::NotFound)?;
    if !caller.permissions().scopes.contains(gateway.admin_scope.as_str()) {
        return Err(Rejection::NotAdministrator(gateway.admin_scope.clone()));
    }
    Ok((caller, followed))
}

fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
