//! The life of one subscription: until its events end, its caller's token expires, or nobody reads any more; as one span.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_graphql::Response;
use futures::stream::{BoxStream, Stream};
use tokio::time::{Sleep, sleep};
use tracing::Span;

use super::places::Place;
use crate::error::{self, Error};
use crate::service::refusal;

/// The responses of a subscription.
pub(crate) struct Lasting {
    /// `None` when it is over.
    responses: Option<BoxStream<'static, Response>>,
    expiry: Option<Pin<Box<Sleep>>>,
    /// Taken for as long as this is there.
    _place: Place,
    span: Span,
    told: i64,
}

impl Lasting {
    /// Responses for so long at most.
    pub(crate) fn new(
        responses: BoxStream<'static, Response>,
        left: Option<Duration>,
        place: Place,
        span: Span,
    ) -> Self {
        let expiry = left.map(|left| Box::pin(sleep(left)));
        Self { responses: Some(responses), expiry, _place: place, span, told: 0 }
    }
}

impl Stream for Lasting {
    type Item = Response;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Response>> {
        let this = self.get_mut();
        let Some(responses) = &mut this.responses else { return Poll::Ready(None) };
        let _entered = this.span.enter();
        let expired = this.expiry.as_mut().is_some_and(|expiry| expiry.as_mut().poll(context).is_ready());
        if expired {
            this.responses = None;
            traces::fail(&this.span, Error::Expired.code());
            return Poll::Ready(Some(refusal(Error::Expired)));
        }
        let response = std::task::ready!(responses.as_mut().poll_next(context));
        let Some(mut response) = response else {
            this.responses = None;
            return Poll::Ready(None);
        };
        error::complete(&mut response.errors);
        if let Some(error) = response.errors.first() {
            traces::fail(&this.span, error::code(error).to_owned());
        } else {
            this.told += 1;
        }
        Poll::Ready(Some(response))
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        traces::set(&self.span, "subscription.events", self.told);
    }
}
