//! What outlives a generation of the gateway: places that are counted, documents that were kept, and whether it stops.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::budget::Ledger;
use crate::config::{Config, HttpConfig};
use crate::http::Rejection;
use crate::reload::Status;
use crate::store::Store;
use crate::tables::Refusal;
use crate::telemetry::slow::Pace;

/// How far a gateway has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    /// It serves as before, and tells everybody to look elsewhere.
    Stopping,
    /// It finishes what is begun.
    Draining,
}

/// The part of a gateway that all its generations have in common.
pub(crate) struct Shared {
    requests: Arc<Semaphore>,
    /// Requests that wait for a place.
    waiting: AtomicUsize,
    subscriptions: Arc<Semaphore>,
    max_subscriptions: usize,
    /// WebSockets outlive the HTTP requests they come from, so they are counted themselves.
    sockets: Arc<Semaphore>,
    max_sockets: u32,
    tables: Arc<Semaphore>,
    phase: watch::Sender<Phase>,
    pub(crate) status: Status,
    pub(crate) slow: Arc<Pace>,
    pub(crate) ledger: Ledger,
    /// What all gateways share, if they do.
    pub(crate) store: OnceLock<Store>,
}

impl Shared {
    pub(crate) fn new(config: &Config) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(bounded(permits) as usize));
        Self {
            requests: semaphore(config.http.max_requests),
            waiting: AtomicUsize::new(0),
            subscriptions: semaphore(config.subscriptions.max_open),
            max_subscriptions: bounded(config.subscriptions.max_open) as usize,
            sockets: semaphore(config.http.max_connections),
            max_sockets: bounded(config.http.max_connections),
            tables: semaphore(config.tables.max_concurrent),
            phase: watch::Sender::new(Phase::Serving),
            status: Status::default(),
            slow: Arc::default(),
            ledger: Ledger::default(),
            store: OnceLock::new(),
        }
    }

    /// From now on `/ready` says that the gateway stops, and answers end their connections.
    pub(crate) fn announce_stop(&self) {
        self.phase.send_replace(Phase::Stopping);
    }

    /// From now on subscriptions end, and connections without a request.
    pub(crate) fn drain(&self) {
        self.phase.send_replace(Phase::Draining);
    }

    /// Whether the gateway stops, be it soon.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.phase.borrow() >= Phase::Stopping
    }

    /// Completes when nothing new is to begin.
    pub(crate) fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut phase = self.phase.subscribe();
        async move {
            // The sender is gone when the gateway is.
            let _ = phase.wait_for(|phase| *phase >= Phase::Draining).await;
        }
    }

    /// Room for one more request, if there is any in time.
    pub(crate) async fn begin_request(&self, http: &HttpConfig) -> Result<OwnedSemaphorePermit, Rejection> {
        match self.requests.clone().try_acquire_owned() {
            Ok(place) => Ok(place),
            Err(_) => self.wait_to_begin(http).await,
        }
    }

    async fn wait_to_begin(&self, http: &HttpConfig) -> Result<OwnedSemaphorePermit, Rejection> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        // The queue is left whatever the reason, also when the client goes away.
        let _leaving = Leaving(&self.waiting);
        if before >= http.max_waiting_requests {
            return Err(Rejection::Overloaded);
        }
        match timeout(http.max_wait.0, self.requests.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Rejection::Overloaded),
        }
    }

    /// Room for one more subscription, if there is any.
    pub(crate) fn open_subscription(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        self.subscriptions.clone().try_acquire_owned().map_err(|_| Rejection::TooManySubscriptions)
    }

    /// Room for one more WebSocket, if there is any.
    pub(crate) fn open_socket(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        self.sockets.clone().try_acquire_owned().map_err(|_| Rejection::TooManySubscriptions)
    }

    pub(crate) fn waiting_requests(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn open_subscriptions(&self) -> usize {
        self.max_subscriptions.saturating_sub(self.subscriptions.available_permits())
    }

    pub(crate) fn open_sockets(&self) -> usize {
        (self.max_sockets as usize).saturating_sub(self.sockets.available_permits())
    }

    /// Room for one more table, if there is any.
    pub(crate) fn open_table(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.tables.clone().try_acquire_owned().map_err(|_| Refusal::Busy)
    }

    /// Completes when no WebSocket is open.
    pub(crate) async fn all_sockets_closed(&self) {
        // The semaphore is never closed.
        let _ = self.sockets.acquire_many(self.max_sockets).await;
    }
}

/// A place in a queue, given back when dropped.
pub(crate) struct Leaving<'a>(pub(crate) &'a AtomicUsize);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A number of permits that can be taken at once.
pub(crate) fn bounded(permits: usize) -> u32 {
    u32::try_from(permits.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX)
}
