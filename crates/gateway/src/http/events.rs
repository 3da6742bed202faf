//! The events of a subscription on their way to a client over HTTP.
//!
//! A task takes events from the engine one by one, as fast as the client receives them, and ends with the client, with
//! the caller's token, or with the gateway. Whatever ends it drops the engine's stream, and with it the subscription to
//! the subgraph.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use federation::Response;
use futures::future::{Either, pending};
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use super::accept::EventFormat;
use super::{Rejection, multipart, server_sent};
use crate::app::Gateway;
use crate::caller::{Caller, CallerError};
use crate::config::SubscriptionsConfig;
use crate::ending::Ending;
use crate::telemetry::Here;

/// What a client is told next.
pub(super) enum Event {
    /// A GraphQL response.
    Next(Bytes),
    /// The gateway is still there.
    Heartbeat,
    /// There is nothing more.
    Complete,
    /// The subscription breaks off, for the reason of a GraphQL response; the client may come back.
    Broken(Bytes),
}

/// A subscription that is open.
pub(super) struct Opened {
    /// What is refused ends it.
    pub(super) responses: BoxStream<'static, Result<Response, Rejection>>,
    /// Its place among those that may be open; what is no subscription needs none.
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Opened {
    /// A stream of one response.
    pub(super) fn only(response: Response) -> Self {
        Self { responses: stream::iter([Ok(response)]).boxed(), permit: None }
    }
}

/// The body that brings events to a client.
pub(super) fn body(gateway: &Gateway, caller: &Caller, format: EventFormat, opened: Opened) -> Body {
    let (sender, mut receiver) = mpsc::channel(1);
    let out = Out { format, sender, limits: gateway.subscriptions.clone(), first: true };
    let following = out.follow(opened, expiry(gateway, caller), gateway.ending());
    tokio::spawn(Here::new().go_on(following));
    Body::from_stream(stream::poll_fn(move |context| receiver.poll_recv(context)).map(Ok::<_, Infallible>))
}

/// Completes when the caller's token expires; never without one.
pub(super) fn expiry(gateway: &Gateway, caller: &Caller) -> impl Future<Output = ()> + Send + use<> {
    match gateway.callers.good_for(caller).and_then(|left| Instant::now().checked_add(left)) {
        Some(at) => Either::Left(sleep_until(at)),
        None => Either::Right(pending()),
    }
}

/// The way to the client.
struct Out {
    format: EventFormat,
    sender: mpsc::Sender<Bytes>,
    limits: SubscriptionsConfig,
    /// Nothing was sent yet.
    first: bool,
}

impl Out {
    async fn follow(
        mut self,
        opened: Opened,
        expiry: impl Future<Output = ()> + Send,
        ending: impl Future<Output = Ending> + Send,
    ) {
        let Opened { mut responses, permit: _permit } = opened;
        let (mut expiry, mut ending) = (std::pin::pin!(expiry), std::pin::pin!(ending));
        loop {
            let quiet_until = Instant::now() + self.limits.heartbeat.0;
            let event = tokio::select! {
                biased;
                () = self.sender.closed() => return,
                ending = &mut ending => Event::Broken(Rejection::Ending(ending).body("")),
                () = &mut expiry => Event::Broken(Rejection::Caller(CallerError::Expired).body("")),
                response = responses.next() => match response {
                    Some(Ok(response)) => Event::Next(response.body),
                    Some(Err(rejection)) => Event::Broken(rejection.body("")),
                    None => Event::Complete,
                },
                () = sleep_until(quiet_until) => Event::Heartbeat,
            };
            let over = matches!(event, Event::Complete | Event::Broken(_));
            if !self.send(&event).await || over {
                return;
            }
        }
    }

    /// Hands an event to the connection; whether the client is there and takes it in time.
    async fn send(&mut self, event: &Event) -> bool {
        let bytes = match self.format {
            EventFormat::ServerSent => server_sent::encode(event),
            EventFormat::Multipart => multipart::encode(event, std::mem::take(&mut self.first)),
        };
        match timeout(self.limits.send_timeout.0, self.sender.send(bytes)).await {
            Ok(sent) => sent.is_ok(),
            Err(_) => {
                tracing::info!("a subscription is cut off: its client does not take its events");
                false
            }
        }
    }
}
