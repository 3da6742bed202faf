//! The gateway that is served, of which every generation is one value: requests meet one generation from their first
//! step to their last, and a new one takes over for those that come after.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::routing::future::RouteFuture;
use http::Request;
use tokio::sync::watch;
use tower::{BoxError, Service};

use crate::app::Gateway;
use crate::http::router;

/// A gateway whose configuration and schema can be replaced while it serves. Cheap to clone; clones are the same gateway.
#[derive(Clone)]
pub struct Live(Arc<watch::Sender<Generation>>);

/// A live gateway that may be gone.
#[derive(Clone)]
pub(crate) struct WeakLive(Weak<watch::Sender<Generation>>);

#[derive(Clone)]
struct Generation {
    gateway: Arc<Gateway>,
    router: Router,
}

impl From<Arc<Gateway>> for Generation {
    fn from(gateway: Arc<Gateway>) -> Self {
        Self { router: router(gateway.clone()), gateway }
    }
}

impl From<Arc<Gateway>> for Live {
    fn from(gateway: Arc<Gateway>) -> Self {
        Self(Arc::new(watch::Sender::new(gateway.into())))
    }
}

impl From<Gateway> for Live {
    fn from(gateway: Gateway) -> Self {
        Arc::new(gateway).into()
    }
}

impl Live {
    /// The generation that requests meet now.
    #[must_use]
    pub fn gateway(&self) -> Arc<Gateway> {
        self.0.borrow().gateway.clone()
    }

    /// From now on, requests meet another generation: a [`Gateway::successor`] of the present one. Requests in flight go
    /// on; subscriptions and WebSockets end within `reload.end_subscriptions_within`.
    pub fn replace(&self, gateway: Gateway) {
        self.0.send_replace(Arc::new(gateway).into()).gateway.retire();
    }

    pub(crate) fn downgrade(&self) -> WeakLive {
        WeakLive(Arc::downgrade(&self.0))
    }
}

impl WeakLive {
    /// The live gateway, if it is still there.
    pub(crate) fn upgrade(&self) -> Option<Live> {
        self.0.upgrade().map(Live)
    }

    /// The generation that requests meet now, if the gateway is still there.
    pub(crate) fn gateway(&self) -> Option<Arc<Gateway>> {
        self.0.upgrade().map(|live| live.borrow().gateway.clone())
    }
}

impl<B> Service<Request<B>> for Live
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut router = self.0.borrow().router.clone();
        router.call(request)
    }
}
