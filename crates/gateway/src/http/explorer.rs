//! The explorer page: GraphiQL, built into the binary, without any other host.

use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use super::rejection::Rejection;

#[derive(RustEmbed)]
#[folder = "explorer/dist/"]
struct Assets;

/// Scripts and requests of this origin only. Styles are written inline by the editor component.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page.
pub(super) async fn page(request: Request) -> Response {
    let mut response = file("index.html", "no-cache", request);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A script or style sheet. Their names carry a hash of the content, so they never change.
pub(super) async fn asset(Path(name): Path<String>, request: Request) -> Response {
    file(&name, "public, max-age=31536000, immutable", request)
}

fn file(name: &str, cache: &'static str, request: Request) -> Response {
    let Some(file) = Assets::get(name) else { return super::reject(Rejection::NotFound, request) };
    let mut response = (StatusCode::OK, Body::from(file.data.into_owned())).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(file.metadata.mimetype());
    headers.insert(CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
