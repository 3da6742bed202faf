//! Everything the gateway itself says to clients: status, code and text, chosen here and nowhere else.

mod code;

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use self::code::Code;
use super::accept::MediaType;
use crate::budget::Overspent;
use crate::caller::CallerError;
use crate::ending::Ending;
use crate::operations::Unresolved;
use crate::tables::Refusal;

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
    /// A form, where files are not accepted.
    NoFiles,
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
    /// The body is compressed in a way that is not known.
    UnsupportedEncoding,
    /// The body is a list of requests.
    Batch,
    /// The body is a list of more requests than allowed.
    BatchTooLarge(usize),
    /// A form has more files than allowed.
    TooManyFiles(usize),
    /// A file would have to go to a subgraph that receives none.
    FileNotCarried {
        /// The variable that stands for it.
        variable: String,
        /// The subgraph's name.
        subgraph: String,
    },
    /// The hash of a document leads to none, or the document may not run.
    Persisted(Unresolved),
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
    /// A subscription, and the client takes no stream.
    Subscription,
    /// The operation costs more than its client has left.
    Overspent(Overspent),
    /// There are as many requests in work as there may be.
    Overloaded,
    /// There are as many subscriptions or WebSockets as may be open.
    TooManySubscriptions,
    /// A WebSocket has as many operations as it may have.
    TooManyOperations(usize),
    /// A WebSocket asked for by another site's page.
    ForeignOrigin,
    /// A subscription ends although nothing is wrong with it.
    Ending(Ending),
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
    /// The caller has not this scope.
    NotAdministrator(String),
    /// No operation of this id is registered.
    NotRegistered,
    /// The folder has an operation of this id.
    OperationExists,
    /// What is wrong with an operation that is to be registered.
    InvalidOperation(Vec<String>),
    /// The registry's database does not answer.
    RegistryUnavailable,
    /// A table is not served.
    Table(Refusal),
    /// Our own fault; the cause is in the log under the request's id.
    Internal,
}

impl From<Overspent> for Rejection {
    fn from(overspent: Overspent) -> Self {
        Self::Overspent(overspent)
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Table(refusal)
    }
}

impl From<CallerError> for Rejection {
    fn from(error: CallerError) -> Self {
        Self::Caller(error)
    }
}

/// The path, where the graph is served besides it, and how to find out more.
const NOT_FOUND: &str = "nothing is served at this path; the graph is at `/graphql`";

/// What to send where files are off.
const NO_FILES: &str =
    "files are not accepted here; send the request as `content-type: application/json`, in UTF-8";

/// The codings of requests.
const CODINGS: &str =
    "the request body is compressed in a way that is not known; use `br`, `gzip`, `zstd` or none of them";

/// What there is to accept.
const NOT_ACCEPTABLE: &str =
    "answers are `application/graphql-response+json` or `application/json`; accept one of them";

/// How to show that a request is meant.
const CSRF: &str = "this request could come from another site's page; send the header `apollo-require-preflight: 1`, or \
                    `accept: application/json`";

/// How to follow a subscription.
const SUBSCRIPTION: &str = "a subscription is answered as a stream of events; send `accept: text/event-stream` or `accept: \
                            multipart/mixed;subscriptionSpec=1.0`, or open a WebSocket";

/// What helps when there is too much to do.
const OVERLOADED: &str = "the gateway has too many requests in work; try again after `retry-after` seconds";

impl Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::MethodNotAllowed(_) | Self::MutationOverGet => Code::MethodNotAllowed,
            Self::NotAcceptable | Self::Subscription => Code::NotAcceptable,
            Self::UnsupportedMediaType | Self::UnsupportedEncoding | Self::NoFiles => {
                Code::UnsupportedMediaType
            }
            Self::BatchTooLarge(_) => Code::LimitBatch,
            Self::TooManyFiles(_) => Code::LimitFiles,
            Self::FileNotCarried { .. } => Code::UploadNotSupported,
            Self::Persisted(Unresolved::NotFound) => Code::PersistedQueryNotFound,
            Self::Persisted(Unresolved::NotSupported) => Code::PersistedQueryNotSupported,
            Self::Persisted(Unresolved::Mismatch) => Code::PersistedQueryMismatch,
            Self::Persisted(Unresolved::NotStored) => Code::NotStored,
            Self::BodyTooLarge(_) => Code::PayloadTooLarge,
            Self::BodyTimeout => Code::RequestTimeout,
            Self::BodyUnreadable
            | Self::InvalidJson { .. }
            | Self::Batch
            | Self::InvalidMember { .. }
            | Self::MissingQuery
            | Self::InvalidVariable { .. } => Code::BadRequest,
            Self::Overspent(_) => Code::BudgetExceeded,
            Self::Overloaded => Code::Overloaded,
            Self::TooManySubscriptions => Code::LimitSubscriptions,
            Self::TooManyOperations(_) => Code::LimitOperations,
            Self::Ending(Ending::Stopping) => Code::GatewayStopping,
            Self::Ending(Ending::Replaced) => Code::GatewayReloaded,
            Self::Csrf | Self::ForeignOrigin => Code::CsrfPrevented,
            Self::Caller(_) => Code::Unauthenticated,
            Self::UnknownOperation(_) => Code::UnknownOperation,
            Self::NotAdministrator(_) => Code::InsufficientScope,
            Self::NotRegistered => Code::NotRegistered,
            Self::OperationExists => Code::OperationExists,
            Self::InvalidOperation(_) => Code::OperationInvalid,
            Self::RegistryUnavailable => Code::RegistryUnavailable,
            Self::Table(refusal) => code_of_table(refusal),
            Self::Internal => Code::Internal,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        let fixed = match self {
            Self::NotFound => NOT_FOUND,
            Self::MethodNotAllowed(allowed) => {
                return format!("this path does not have this method; use {allowed}").into();
            }
            Self::NotAcceptable => NOT_ACCEPTABLE,
            Self::UnsupportedMediaType => "send the request as `content-type: application/json`, in UTF-8",
            Self::NoFiles => NO_FILES,
            Self::BodyTooLarge(limit) => {
                return format!("the request body is larger than {limit} bytes").into();
            }
            Self::BodyUnreadable => "the request body ended before it was complete",
            Self::BodyTimeout => "the request body did not arrive in time",
            Self::InvalidJson { line, column } => {
                return format!("the request body is not valid JSON (line {line}, column {column})").into();
            }
            Self::UnsupportedEncoding => CODINGS,
            Self::BatchTooLarge(limit) => {
                return format!("the list has more than {limit} requests; send several lists").into();
            }
            Self::TooManyFiles(limit) => return format!("the form has more than {limit} files").into(),
            Self::FileNotCarried { variable, subgraph } => {
                return format!(
                    "the variable `{variable}` is a file, and subgraph `{subgraph}` receives no files"
                )
                .into();
            }
            // Clients look for these two texts.
            Self::Persisted(Unresolved::NotFound) => "PersistedQueryNotFound",
            Self::Persisted(Unresolved::NotSupported) => "PersistedQueryNotSupported",
            Self::Persisted(Unresolved::Mismatch) => {
                "`sha256Hash` is not the SHA-256 of `query`; hash the text exactly as it is sent"
            }
            Self::Batch => "a list of requests is not accepted; send one request a time",
            Self::InvalidMember { name, expected } => return format!("`{name}` must be {expected}").into(),
            Self::MissingQuery => "`query` is missing; it is the GraphQL document to run",
            Self::Csrf => CSRF,
            Self::MutationOverGet => "a GET request runs queries only; send this operation with POST",
            Self::Subscription => SUBSCRIPTION,
            Self::Overspent(overspent) => return overspent.message().into(),
            Self::Overloaded => OVERLOADED,
            Self::TooManySubscriptions => {
                "as many subscriptions are open as the gateway serves; try again later"
            }
            Self::TooManyOperations(limit) => {
                return format!("this connection has {limit} operations already; complete one first").into();
            }
            Self::ForeignOrigin => {
                "this WebSocket is opened by another site's page; add its origin to `http.cors_origins`"
            }
            Self::Ending(Ending::Stopping) => "the gateway stops; subscribe again",
            Self::Ending(Ending::Replaced) => {
                "the gateway has a new configuration or schema; subscribe again"
            }
            Self::Caller(error) => return error.to_string().into(),
            Self::UnknownOperation(Some(nearest)) => {
                return format!("there is no stored operation of this id; did you mean `{nearest}`?").into();
            }
            Self::UnknownOperation(None) => {
                "there is no stored operation of this id; `/graphql/operations` lists them"
            }
            Self::InvalidVariable { name, problem } => {
                return format!("the variable `{name}` {problem}").into();
            }
            Self::Persisted(Unresolved::NotStored) => {
                "only stored operations may run here; run one by its id, see `/graphql/operations`, or by its hash"
            }
            Self::NotAdministrator(scope) => {
                return format!("this takes a token with the scope `{scope}`").into();
            }
            Self::NotRegistered => "no operation of this id is registered, or it is retired",
            Self::OperationExists => {
                "the gateway's folder has an operation of this id; choose another, or remove its file"
            }
            Self::InvalidOperation(problems) => return problems.join("; ").into(),
            Self::RegistryUnavailable => "the registry does not answer; try again later",
            Self::Table(refusal) => return refusal.message(),
            Self::Internal => "internal error; report it with the request id",
        };
        fixed.into()
    }

    /// The GraphQL response; `request_id` is shown with our own faults.
    pub(crate) fn body(&self, request_id: &str) -> Bytes {
        let mut extensions = serde_json::json!({ "code": self.code().as_str() });
        match self {
            Self::Internal => extensions["requestId"] = request_id.into(),
            // In lists and over WebSockets there is no header for it.
            Self::Overspent(overspent) => {
                if let Some(seconds) = overspent.retry_after() {
                    extensions["retryAfter"] = seconds.into();
                }
            }
            _ => {}
        }
        let error = serde_json::json!({ "message": self.message(), "extensions": extensions });
        serde_json::json!({ "errors": [error] }).to_string().into()
    }

    /// The answer; `request_id` is shown with our own faults.
    pub(crate) fn respond(&self, media: MediaType, request_id: &str) -> Response {
        let status = match self {
            // As any operation that cannot be run; what clients do next is send the document.
            Self::Persisted(Unresolved::NotFound | Unresolved::NotSupported) if media == MediaType::Json => {
                StatusCode::OK
            }
            _ => self.code().status(),
        };
        let mut response = (status, Body::from(self.body(request_id))).into_response();
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
            Self::Overspent(overspent) => overspent.write(headers),
            Self::Overloaded => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::TooManySubscriptions
            | Self::Ending(_)
            | Self::RegistryUnavailable
            | Self::Table(Refusal::Busy) => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Self::Caller(error) => {
                headers.insert(WWW_AUTHENTICATE, challenge(*error));
            }
            _ => {}
        }
        response
    }
}

fn code_of_table(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::UnknownFormat(_) => Code::UnknownFormat,
        Refusal::UnknownTable(_) => Code::UnknownTable,
        Refusal::NoTable(_) => Code::NoTable,
        Refusal::Parameter { .. } => Code::BadParameter,
        Refusal::Rows(_) => Code::TableFailed,
        Refusal::Deadline => Code::TableTimeout,
        Refusal::Busy => Code::TablesBusy,
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
