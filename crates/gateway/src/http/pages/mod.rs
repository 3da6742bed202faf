//! Pages for people about stored operations: `GET /graphql/operations.html` and `/graphql/operations/{id}.html`.
//!
//! Everything is in one response, so that the pages work offline and behind any proxy. A browser has no token to send
//! with a link: without one that is needed, the page asks for it and comes again.

mod index;
mod operation;
mod snippets;

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::GRAPH;
use super::rejection::Rejection;
use crate::app::Gateway;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Our own style and script by their hashes, requests to this origin, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// The list of the operations that ask for nothing the caller does not see.
pub(super) async fn index(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Ok(caller) = gateway.callers.identify(&parts.headers) else { return token_wanted() };
    let (operations, view) = (gateway.operations(), gateway.view(&caller).await);
    let described = operations.iter().filter(|operation| gateway.describes(operation, &view));
    page(StatusCode::OK, "Operations", &index::body(described, &Place::of(&parts)))
}

/// The description of one operation.
pub(super) async fn operation(gateway: &Gateway, id: &str, parts: &Parts) -> Result<Response, Rejection> {
    let Ok(caller) = gateway.callers.identify(&parts.headers) else { return Ok(token_wanted()) };
    let (operations, view) = (gateway.operations(), gateway.view(&caller).await);
    let operation =
        operations.get(id).filter(|operation| gateway.describes(operation, &view)).ok_or_else(|| {
            let near = operations.nearest(id).filter(|near| *near != id);
            Rejection::UnknownOperation(near.map(str::to_owned))
        })?;
    let wants_token = gateway.callers.is_configured();
    Ok(page(StatusCode::OK, id, &operation::body(operation, &Place::of(parts), wants_token)))
}

/// Where a page is, as its client sees it.
struct Place {
    /// Scheme and host.
    origin: String,
    /// The path of the list of operations, without `.html`.
    operations: String,
}

impl Place {
    fn of(parts: &Parts) -> Self {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let authority = parts.uri.authority().map(ToString::to_string);
        let host = header(HOST.as_str()).map(str::to_owned).or(authority).unwrap_or_default();
        // A guess that the page's script corrects.
        let scheme = header("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
        let path = parts.uri.path();
        let prefix = path.split_once(GRAPH).map_or("", |(prefix, _)| prefix);
        Self { origin: format!("{scheme}://{host}"), operations: format!("{prefix}{GRAPH}/operations") }
    }
}

fn token_wanted() -> Response {
    let body = html! {
        main.narrow {
            h1 { "Operations" }
            p { "This gateway describes its operations to callers it knows. Paste a bearer token; it stays in this tab." }
            form #token {
                label for="token-value" { "Token" }
                input #token-value type="password" autocomplete="off" spellcheck="false" required;
                button type="submit" { "Show" }
            }
            p #token-problem role="alert" {}
        }
    };
    page(StatusCode::UNAUTHORIZED, "Operations", &body)
}

fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut response = (status, Body::from(document.into_string())).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
