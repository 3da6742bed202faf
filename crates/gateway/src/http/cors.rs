//! Which pages of other origins may read answers (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use std::time::Duration;

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::insight;
use crate::budget::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::config::HttpConfig;
use crate::layers::REQUEST_ID;

/// How long a browser remembers what it may do.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// The layer that tells browsers; none when no other origin may read anything, as by default. Cookies mean nothing to
/// the gateway, so pages are never allowed to send them.
pub(super) fn layer(config: &HttpConfig, forwarded: &[&HeaderName]) -> Option<CorsLayer> {
    if config.cors_origins.is_empty() {
        return None;
    }
    let origins = if config.cors_origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(config.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    let usual = [
        AUTHORIZATION,
        CONTENT_ENCODING,
        CONTENT_TYPE,
        IF_NONE_MATCH,
        HeaderName::from_static("apollo-require-preflight"),
        HeaderName::from_static("x-apollo-operation-name"),
        HeaderName::from_static("x-graphql-client-name"),
        HeaderName::from_static("x-graphql-client-version"),
        HeaderName::from_static("last-event-id"),
        REQUEST_ID,
        insight::PLAN,
        insight::COST,
    ];
    let configured = config.cors_headers.iter().filter_map(|name| name.parse().ok());
    let headers: Vec<HeaderName> =
        usual.into_iter().chain(forwarded.iter().copied().cloned()).chain(configured).collect();
    Some(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(headers)
            .expose_headers([ETAG, RATE_LIMIT, RATE_LIMIT_POLICY, REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE])
            .max_age(MAX_AGE),
    )
}
