//! A streamed body that is worked on until its end: it keeps the request's place, its span and its account, and is
//! measured.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tracing::Span;

use super::access::Ended;
use crate::telemetry::Account;

/// What is kept until the body's end.
pub(super) struct Kept {
    pub(super) span: Span,
    pub(super) account: Arc<Account>,
    /// Told of the end when dropped.
    pub(super) ended: Ended,
}

/// The body. Its end is when it is dropped, whatever the reason.
pub(super) struct Measured {
    body: Body,
    kept: Kept,
}

impl Measured {
    pub(super) fn new(body: Body, kept: Kept) -> Self {
        Self { body, kept }
    }
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { body, kept: Kept { span, account, ended } } = &mut *self;
        // What is worked out while the client reads belongs to its request.
        let polled = span.in_scope(|| account.enter(|| Pin::new(&mut *body).poll_frame(context)));
        let frame = ready!(polled);
        match &frame {
            Some(Ok(frame)) => ended.bytes += frame.data_ref().map_or(0, Bytes::len) as u64,
            Some(Err(_)) => {}
            None => ended.complete = true,
        }
        ended.complete |= body.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
