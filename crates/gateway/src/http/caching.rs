//! What caches are told of an answer (RFC 9111), and the answer to who has it already (RFC 9110, section 13).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use federation::operation::{CachePolicy, CacheScope};
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use crate::headers::RequestHeaders;

/// The headers of clients that any answer depends on.
pub(super) const ALWAYS_VARY: &str = "accept, accept-encoding, authorization";

/// What a `GET` request says about the answer it may have already.
pub(super) struct Reader {
    if_none_match: Vec<HeaderValue>,
    anonymous: bool,
}

impl Reader {
    pub(super) fn new(headers: &HeaderMap, anonymous: bool) -> Self {
        Self { if_none_match: headers.get_all(IF_NONE_MATCH).iter().cloned().collect(), anonymous }
    }

    /// The answer with its `etag`, or that there is nothing new.
    pub(super) fn answer(&self, body: Bytes, policy: Option<CachePolicy>, vary: HeaderValue) -> Response {
        let tag = tag(&body);
        let mut response = if self.has(&tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(body).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, self.cache_control(policy));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(ETAG, tag);
        }
        headers.insert(VARY, vary);
        response
    }

    /// Whether the client has the answer of a tag (RFC 9110, section 13.1.2: the comparison is weak).
    fn has(&self, tag: &str) -> bool {
        let values = self.if_none_match.iter().filter_map(|value| value.to_str().ok());
        let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|known| known == "*" || known.trim_start_matches("W/") == tag.trim_start_matches("W/"))
    }

    /// An answer without a hint is kept by nobody; one for an identified caller only by whoever it is for, unless all of
    /// it is declared public.
    fn cache_control(&self, policy: Option<CachePolicy>) -> HeaderValue {
        let Some(CachePolicy { max_age, scope }) = policy else {
            return HeaderValue::from_static("no-store");
        };
        let public = match scope {
            CacheScope::Public => true,
            CacheScope::Undeclared => self.anonymous,
            CacheScope::Private => false,
        };
        let scope = if public { "public" } else { "private" };
        let value = HeaderValue::try_from(format!("{scope}, max-age={max_age}"));
        value.unwrap_or(HeaderValue::from_static("no-store"))
    }
}

/// The headers of clients that answers depend on (RFC 9110, section 12.5.5): `*` where not all can be named.
pub(crate) fn vary(request_headers: &RequestHeaders) -> HeaderValue {
    let names =
        std::iter::once(ALWAYS_VARY).chain(request_headers.names().into_iter().map(HeaderName::as_str));
    let names = Some(names.collect::<Vec<_>>().join(", ")).filter(|_| !request_headers.has_patterns());
    names.and_then(|names| HeaderValue::try_from(names).ok()).unwrap_or(HeaderValue::from_static("*"))
}

/// A tag of the answer's content. It is weak, because the answer may be compressed in several ways.
fn tag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]))
}
