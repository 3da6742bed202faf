//! What caches are told of an answer (RFC 9111), and the answer to who has it already (RFC 9110, section 13).

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use federation::operation::{CachePolicy, CacheScope};
use http::header::{ACCEPT_ENCODING, AGE, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use twox_hash::XxHash3_128;

use super::encoding::Encoding;
use crate::answers::{Found, Kept};
use crate::headers::RequestHeaders;

/// The headers of clients that any answer depends on.
pub(super) const ALWAYS_VARY: &str = "accept, accept-encoding, authorization";

/// What a request says about the answer it may have already, and about how it is sent.
pub(super) struct Reader {
    /// Of a `GET`, whose answer clients and caches may keep.
    if_none_match: Option<Vec<HeaderValue>>,
    encoding: Option<Encoding>,
    anonymous: bool,
}

impl Reader {
    /// `read_only` is whether the request is a `GET`.
    pub(super) fn new(headers: &HeaderMap, read_only: bool, anonymous: bool) -> Self {
        let if_none_match = read_only.then(|| headers.get_all(IF_NONE_MATCH).iter().cloned().collect());
        Self { if_none_match, encoding: Encoding::preferred(headers), anonymous }
    }

    /// Whether there may be a copy of the answer elsewhere.
    pub(super) fn may_keep(&self) -> bool {
        self.if_none_match.is_some()
    }

    /// The answer with its `etag`, or that there is nothing new.
    pub(super) fn answer(&self, body: Bytes, policy: Option<CachePolicy>, vary: HeaderValue) -> Response {
        self.tagged(tag(&body), policy, vary, || Body::from(body).into_response())
    }

    /// The same for an answer that is kept here; its age, if it was before.
    pub(super) fn kept(&self, found: &Found, age: Option<Duration>, vary: HeaderValue) -> Response {
        let kept = found.kept();
        let mut response = if self.may_keep() {
            self.tagged(kept.tag.clone(), Some(kept.policy), vary, || self.body(kept))
        } else {
            let mut response = self.body(kept);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        };
        if let Some(age) = age {
            response.headers_mut().insert(AGE, HeaderValue::from(age.as_secs()));
        }
        response
    }

    /// The body of an answer that is kept, as the client likes it best.
    fn body(&self, kept: &Kept) -> Response {
        match self.encoding.and_then(|encoding| Some((encoding, kept.compressed(encoding)?))) {
            Some((encoding, body)) => {
                let mut response = Body::from(body.clone()).into_response();
                response.headers_mut().insert(CONTENT_ENCODING, encoding.as_value());
                response.headers_mut().insert(VARY, ACCEPT_ENCODING.into());
                response
            }
            None => Body::from(kept.body.clone()).into_response(),
        }
    }

    fn tagged(
        &self,
        tag: HeaderValue,
        policy: Option<CachePolicy>,
        vary: HeaderValue,
        body: impl FnOnce() -> Response,
    ) -> Response {
        let mut response = if self.has(&tag) { StatusCode::NOT_MODIFIED.into_response() } else { body() };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, self.cache_control(policy));
        headers.insert(ETAG, tag);
        headers.insert(VARY, vary);
        response
    }

    /// Whether the client has the answer of a tag (RFC 9110, section 13.1.2: the comparison is weak).
    fn has(&self, tag: &HeaderValue) -> bool {
        let Ok(tag) = tag.to_str() else { return false };
        let values = self.if_none_match.iter().flatten().filter_map(|value| value.to_str().ok());
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

/// A tag of the answer's content, the same in every process. It is weak, because the answer may be compressed in several
/// ways. Nobody is kept from making two answers of one tag, which would deceive only those who ask for both at one address.
pub(crate) fn tag(body: &[u8]) -> HeaderValue {
    let hash = XxHash3_128::oneshot(body).to_be_bytes();
    let tag = HeaderValue::try_from(format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(hash)));
    // Base64 is always fit for a header.
    tag.unwrap_or(HeaderValue::from_static("W/\"\""))
}
