//! `GET /graphql/schema`: the schema that clients see, as SDL or as the answer to the introspection query.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use federation::operation::{CachePolicy, CacheScope};
use federation::{Engine, Outcome, Request as Operation};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Uri};

use super::accept::{self, MediaType};
use super::caching::{self, Reader};
use super::decode;
use super::rejection::Rejection;
use crate::app::Gateway;
use crate::layers::RequestInfo;

/// What tools ask that make types of a schema: all there is to know of it.
const INTROSPECTION: &str = include_str!("introspection.graphql");

/// Answers are asked for again each time, and sent only if they changed.
const ALWAYS_ASKED: CachePolicy = CachePolicy { max_age: 0, scope: CacheScope::Private };

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Sdl,
    Json,
}

/// Serves the schema.
pub(super) async fn schema(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    match answer(&gateway, request.headers(), request.uri()).await {
        Ok(response) => response,
        Err(rejection) => rejection.respond(MediaType::Json, &info.id),
    }
}

async fn answer(gateway: &Gateway, headers: &HeaderMap, uri: &Uri) -> Result<Response, Rejection> {
    let caller = gateway.callers.identify(headers)?;
    gateway.check_schema_reader(&caller)?;
    let form = form(headers, uri)?;
    let view = gateway.view(&caller).await;
    let (text, content_type) = match form {
        Form::Sdl => (view.sdl(), "text/plain; charset=utf-8"),
        Form::Json => (introspected(&view.engine).await?, "application/json"),
    };
    let reader = Reader::new(headers, true, caller.is_anonymous());
    let mut response =
        reader.answer(text, Some(ALWAYS_ASKED), HeaderValue::from_static(caching::ALWAYS_VARY));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

/// `format` in the query string, or else what the client accepts by name; SDL otherwise.
fn form(headers: &HeaderMap, uri: &Uri) -> Result<Form, Rejection> {
    let pairs = decode::query_pairs(uri)?;
    match pairs.iter().find(|(name, _)| name == "format").map(|(_, value)| value.as_str()) {
        Some("sdl") => Ok(Form::Sdl),
        Some("json") => Ok(Form::Json),
        Some(_) => Err(Rejection::InvalidMember { name: "format", expected: "`sdl` or `json`" }),
        None if accept::names_json(headers) => Ok(Form::Json),
        None => Ok(Form::Sdl),
    }
}

async fn introspected(engine: &Engine) -> Result<Bytes, Rejection> {
    let response = engine.execute(Operation { introspection: true, ..Operation::new(INTROSPECTION) }).await;
    match response.outcome {
        Outcome::Executed if response.errors == 0 => Ok(response.body),
        _ => {
            let body = String::from_utf8_lossy(&response.body).into_owned();
            tracing::error!(body, "the schema cannot be introspected");
            Err(Rejection::Internal)
        }
    }
}
