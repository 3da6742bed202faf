//! Stored operations as tables over HTTP: `GET /graphql/operations/{id}.{format}`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use federation::{Outcome, Overrides, Prepared};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::Instrument;

use super::accept::MediaType;
use super::answer::DEPRECATION;
use super::rejection::Rejection;
use super::{csrf, decode, limits, pages};
use crate::app::Gateway;
use crate::budget::{self, Spent};
use crate::caller::Caller;
use crate::context::RequestContext;
use crate::layers::{AccessNote, RequestInfo};
use crate::operations::StoredOperation;
use crate::tables::{Format, PageError, Pages, Refusal, StreamError, TableRequest, start};
use crate::telemetry::slow::{Kind, Watch};
use crate::telemetry::spans;

/// Serves one operation in one format.
pub(super) async fn serve(gateway: Arc<Gateway>, id: &str, ending: &str, request: Request) -> Response {
    let mut info = RequestInfo::of(&request);
    info.deadline = Instant::now() + gateway.tables.timeout.0;
    let request_id = info.id.clone();
    match table(gateway, info, id, ending, request).await {
        Ok(response) => response,
        Err(rejection) => rejection.respond(MediaType::Json, &request_id),
    }
}

async fn table(
    gateway: Arc<Gateway>,
    info: RequestInfo,
    id: &str,
    ending: &str,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, _) = request.into_parts();
    if parts.method == Method::POST {
        return Err(Rejection::MethodNotAllowed("GET, HEAD"));
    }
    if csrf::is_from_elsewhere(&parts.headers) {
        return Err(Rejection::Csrf);
    }
    if ending == "html" {
        return pages::operation(&gateway, id, &parts).await;
    }
    let caller = gateway.callers.identify(&parts.headers)?;
    info.account.note_caller(caller.subject());
    let operation = gateway.stored(id)?;
    let format = Format::of_ending(ending).ok_or_else(|| Refusal::UnknownFormat(ending.to_owned()))?;
    let pairs = decode::query_pairs(&parts.uri)?;
    let wanted =
        TableRequest::read(pairs, &operation.tables, &operation.parameters, format, &gateway.tables)?;
    if parts.method == Method::HEAD {
        // Of unknown length, which an empty body is not.
        let body = Body::from_stream(stream::pending::<Result<Bytes, StreamError>>());
        return Ok(respond(&operation, format, body));
    }
    let permit = gateway.shared.open_table()?;
    let started = std::time::Instant::now();
    let pages = Arc::new(EnginePages {
        gateway,
        caller,
        info: info.clone(),
        headers: parts.headers,
        operation: operation.clone(),
        started,
        is_begun: AtomicBool::new(false),
        watch: OnceLock::new(),
    });
    let rows = start(pages, wanted).await;
    // Until the first page: what a client takes after that is its own time.
    operation.statistics.record(started, rows.is_err());
    match rows {
        Ok(rows) => {
            let rows = rows.map(move |item| {
                // Held until the last byte.
                let _permit = &permit;
                item
            });
            Ok(respond(&operation, format, Body::from_stream(rows)))
        }
        Err(error) => refuse(error, &operation.id, &info),
    }
}

fn respond(operation: &StoredOperation, format: Format, body: Body) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Ids are letters, digits, `-` and `_`.
    let name = format!("attachment; filename=\"{}.{}\"", operation.id, format.ending());
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    if let Some(deprecation) = &operation.deprecation {
        headers.insert(DEPRECATION, deprecation.clone());
    }
    response.extensions_mut().insert(AccessNote {
        operation: Some(operation.id.clone()),
        errors: 0,
        is_known: true,
        kept: None,
    });
    response
}

/// The answer when there is no first page. Errors of the operation are shown as they are anywhere else.
fn refuse(error: StreamError, operation: &Arc<str>, info: &RequestInfo) -> Result<Response, Rejection> {
    let (status, body) = match error {
        StreamError::Refused(body) => (StatusCode::BAD_REQUEST, body),
        StreamError::Page(body) => (StatusCode::BAD_GATEWAY, errors_of(&body, info)?),
        StreamError::Deadline => return Err(Refusal::Deadline.into()),
        StreamError::Overspent(overspent) => return Err((*overspent).into()),
        StreamError::Internal | StreamError::Encode(_) => {
            tracing::error!(request_id = %info.id, %error, "a table cannot be made");
            return Err(Rejection::Internal);
        }
        StreamError::Misfit(_)
        | StreamError::Incomplete(_)
        | StreamError::Missing(_)
        | StreamError::TooManyRows(_)
        | StreamError::LargePage(_)
        | StreamError::NoCursor => return Err(Refusal::Rows(error.to_string()).into()),
    };
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MediaType::Json.as_str()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(AccessNote {
        operation: Some(operation.clone()),
        errors: 1,
        is_known: true,
        kept: None,
    });
    Ok(response)
}

/// A response without its data, of which a table shows nothing.
fn errors_of(body: &Bytes, info: &RequestInfo) -> Result<Bytes, Rejection> {
    #[derive(Serialize, Deserialize)]
    struct Errors<'a> {
        #[serde(borrow)]
        errors: &'a RawValue,
    }
    let errors = serde_json::from_slice::<Errors<'_>>(body).and_then(|errors| serde_json::to_vec(&errors));
    errors.map(Bytes::from).map_err(|error| {
        tracing::error!(request_id = %info.id, %error, "a response that has errors cannot be read");
        Rejection::Internal
    })
}

/// Pages from the engine, on behalf of one caller.
struct EnginePages {
    gateway: Arc<Gateway>,
    caller: Caller,
    info: RequestInfo,
    headers: HeaderMap,
    operation: Arc<StoredOperation>,
    started: std::time::Instant,
    /// A page was asked for.
    is_begun: AtomicBool,
    /// From the first page until the last is delivered.
    watch: OnceLock<Option<Watch>>,
}

impl EnginePages {
    async fn run(&self, text: Arc<str>, variables: Bytes) -> Result<Bytes, PageError> {
        if Instant::now() >= self.info.deadline {
            return Err(PageError::Deadline);
        }
        // The token for subgraphs is short-lived: each page has its own.
        let context = self.gateway.context_of(self.caller.clone(), &self.info, &self.headers).await;
        let context = context.map_err(|_| PageError::Internal)?;
        let request = federation::Request {
            variables,
            introspection: false,
            permissions: self.gateway.permissions(&self.caller),
            limits: self.gateway.limits_of(&self.caller),
            overrides: Overrides::of_seed(self.caller.subject().unwrap_or(&self.info.id)),
            context: context.clone(),
            ..federation::Request::new(text)
        };
        let engine = &self.gateway.view_of(&context).engine;
        let prepared = match spans::prepare().in_scope(|| engine.prepare(&request)) {
            Ok(prepared) => prepared,
            Err(refusal) => return Err(PageError::Refused(refusal.body)),
        };
        // A table is one operation, however many pages it has.
        if !self.is_begun.load(Ordering::Relaxed) {
            limits::report(&self.gateway, &prepared, &context);
        }
        self.watch.get_or_init(|| {
            let Self { gateway, operation, started, .. } = self;
            Watch::begin_as(Kind::Table, gateway, &operation.text, &prepared, &context, *started)
        });
        let spent = self.spend(&prepared, &context).await?;
        let span = spans::execution(prepared.name(), prepared.kind());
        let deadline = tokio::time::sleep_until(self.info.deadline);
        let response = engine.run_until(prepared, deadline).instrument(span).await;
        if let Some(spent) = spent {
            spent.settle(&response.body);
        }
        match response.outcome {
            Outcome::Refused => Err(PageError::Refused(response.body)),
            Outcome::Executed if response.errors > 0 && Instant::now() >= self.info.deadline => {
                Err(PageError::Deadline)
            }
            Outcome::Executed => Ok(response.body),
        }
    }

    /// Takes what a page costs. What is begun goes on as fast as the budget of its client comes back.
    async fn spend(&self, prepared: &Prepared, context: &RequestContext) -> Result<Option<Spent>, PageError> {
        let is_begun = self.is_begun.swap(true, Ordering::Relaxed);
        loop {
            let overspent = match budget::spend(&self.gateway, prepared, context).await {
                Ok(spent) => return Ok(spent),
                Err(overspent) => overspent,
            };
            let Some(wait) = overspent.wait().filter(|_| is_begun) else {
                return Err(PageError::Overspent(Box::new(overspent)));
            };
            let until = Instant::now() + wait;
            if until >= self.info.deadline {
                return Err(PageError::Deadline);
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

impl Pages for EnginePages {
    fn page(&self, text: Arc<str>, variables: Bytes) -> BoxFuture<'_, Result<Bytes, PageError>> {
        // Pages are worked on apart from the request.
        Box::pin(self.info.account.clone().scope(self.run(text, variables)))
    }
}
