//! Everything the gateway itself says to clients: status, code and text, chosen here and nowhere else.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::accept::MediaType;
use crate::caller::CallerError;

/// Why a request is not handed to the engine, or has no answer from it.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// No route has this path.
    NotFound,
    /// The route has other methods; the value of `allow`.
    MethodNotAllowed(&'static str),
    /// The client accepts no media type we speak.
    NotAcceptable,
    /// The body is of another kind than JSON.
    UnsupportedMediaType,
    /// The body is larger than allowed, in bytes.
    BodyTooLarge(u64),
    /// The body ended early or is no longer readable.
    BodyUnreadable,
    /// The body did not come in time.
    BodyTimeout,
    /// The body is not JSON.
    InvalidJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The body is a list of requests.
    Batch,
    /// The request has a member that does not fit.
    InvalidMember {
        /// Its name.
        name: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// The request has no `query`.
    MissingQuery,
    /// A `GET` request may come from another site's page.
    Csrf,
    /// `GET` runs queries only.
    MutationOverGet,
    /// Subscriptions need a route that streams.
    Subscription,
    /// The caller's token is missing or not good.
    Caller(CallerError),
    /// No stored operation has this id; the nearest that exists.
    UnknownOperation(Option<String>),
    /// A variable in the query string does not fit the operation.
    InvalidVariable {
        /// Its name.
        name: String,
        /// Completes a sentence that begins with its name.
        problem: String,
    },
    /// Our own fault; the cause is in the log under the request's id.
    Internal,
}

impl From<CallerError> for Rejection {
    fn from(error: CallerError) -> Self {
        Self::Caller(error)
    }
}

/// The path, where the graph is served besides it, and how to find out more.
const NOT_FOUND: &str = "nothing is served at this path; the graph is at `/graphql`";

impl Rejection {
    /// Status and code.
    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed(_) | Self::MutationOverGet => {
                (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
            }
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"),
            Self::BodyTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
            Self::BodyUnreadable
            | Self::InvalidJson { .. }
            | Self::Batch
            | Self::InvalidMember { .. }
            | Self::MissingQuery
            | Self::Subscription
            | Self::InvalidVariable { .. } => (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            Self::Csrf => (StatusCode::FORBIDDEN, "CSRF_PREVENTED"),
            Self::Caller(_) => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            Self::UnknownOperation(_) => (StatusCode::NOT_FOUND, "UNKNOWN_OPERATION"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR"),
        }
    }

    fn message(&self) -> Cow<'static, str> {
        let fixed = match self {
            Self::NotFound => NOT_FOUND,
            Self::MethodNotAllowed(allowed) => {
                return format!("this path does not have this method; use {allowed}").into();
            }
            Self::NotAcceptable => {
                "answers are `application/graphql-response+json` or `application/json`; accept one of them"
            }
            Self::UnsupportedMediaType => "send the request as `content-type: application/json`, in UTF-8",
            Self::BodyTooLarge(limit) => {
                return format!("the request body is larger than {limit} bytes").into();
            }
            Self::BodyUnreadable => "the request body ended before it was complete",
            Self::BodyTimeout => "the request body did not arrive in time",
            Self::InvalidJson { line, column } => {
                return format!("the request body is not valid JSON (line {line}, column {column})").into();
            }
            Self::Batch => "a list of requests is not accepted; send one request a time",
            Self::InvalidMember { name, expected } => return format!("`{name}` must be {expected}").into(),
            Self::MissingQuery => "`query` is missing; it is the GraphQL document to run",
            Self::Csrf => {
                "this request could come from another site's page; send the header `apollo-require-preflight: 1`, \
                 or `accept: application/json`"
            }
            Self::MutationOverGet => "a GET request runs queries only; send this operation with POST",
            Self::Subscription => "subscriptions are not served at this path",
            Self::Caller(error) => return error.to_string().into(),
            Self::UnknownOperation(Some(nearest)) => {
                return format!("there is no stored operation of this id; did you mean `{nearest}`?").into();
            }
            Self::UnknownOperation(None) => {
                "there is no stored operation of this id; GET the path without the id for a list"
            }
            Self::InvalidVariable { name, problem } => {
                return format!("the variable `{name}` {problem}").into();
            }
            Self::Internal => "internal error; report it with the request id",
        };
        fixed.into()
    }

    /// The answer; `request_id` is shown with our own faults.
    pub(crate) fn respond(&self, media: MediaType, request_id: &str) -> Response {
        let (status, code) = self.kind();
        let mut extensions = serde_json::json!({ "code": code });
        if matches!(self, Self::Internal) {
            extensions["requestId"] = request_id.into();
        }
        let error = serde_json::json!({ "message": self.message(), "extensions": extensions });
        let body = serde_json::json!({ "errors": [error] }).to_string();
        let mut response = (status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.as_str()));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::MethodNotAllowed(allowed) => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::MutationOverGet => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            Self::Caller(error) => {
                headers.insert(WWW_AUTHENTICATE, challenge(*error));
            }
            _ => {}
        }
        response
    }
}

/// The challenge of a 401 (RFC 6750, section 3): without a token, no error is named.
fn challenge(error: CallerError) -> HeaderValue {
    if error == CallerError::Missing {
        return HeaderValue::from_static("Bearer realm=\"graphql\"");
    }
    // Backticks are not in the set of characters the description may have.
    let description = error.to_string().replace('`', "'");
    let value =
        format!("Bearer realm=\"graphql\", error=\"invalid_token\", error_description=\"{description}\"");
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("Bearer error=\"invalid_token\""))
}
