//! One request's bug ends that request, not the connection or the process.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use super::RequestInfo;
use crate::http::{MediaType, Rejection};

/// Answers a request whose handler panics with 500 and logs the cause.
pub(crate) async fn catch_panic(request: Request, next: Next) -> Response {
    let info = RequestInfo::of(&request);
    // Unwind safety: nothing of the request is used after a panic.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(request_id = %info.id, cause = cause(&*panic), "a request handler panicked");
            Rejection::Internal.respond(MediaType::Json, &info.id)
        }
    }
}

fn cause(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}
