//! What keeps the gateway and a subgraph in trouble from each other: places and a queue for them, a circuit breaker, and
//! a budget for calls that are made again.

mod breaker;
mod retry;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use self::breaker::{Breaker, Change, Pass};
pub(super) use self::retry::{Again, Retries};
use crate::config::{SubgraphConfig, UpstreamConfig};
use crate::shared::Leaving;
use crate::telemetry::metrics::{self, Waiting};

/// The guards of all subgraphs, by name. They outlive a generation of the gateway, as connections do.
#[derive(Clone, Default)]
pub(super) struct Guards(Arc<Mutex<HashMap<String, Arc<Guard>>>>);

/// The guard of one subgraph.
pub(super) struct Guard {
    name: String,
    places: Semaphore,
    waiting: AtomicUsize,
    max_waiting: usize,
    /// How long a call waits for its place.
    patience: Duration,
    breaker: Option<Breaker>,
    retries: Retries,
}

/// A call that may be made. Its place is held until it is dropped.
pub(super) struct Entrance<'a> {
    guard: &'a Guard,
    _place: SemaphorePermit<'a>,
    pass: Option<Pass>,
}

/// Why a call is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// There is no place for it, nor for waiting.
    Busy,
    /// The subgraph failed too often; after what time one may ask again.
    Broken(Duration),
}

impl Guards {
    /// The guard of a subgraph, made when it is asked for first.
    pub(super) fn of(&self, name: &str, config: &UpstreamConfig, timeout: Duration) -> Arc<Guard> {
        let mut guards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let guard = guards.entry(name.to_owned());
        guard.or_insert_with(|| Arc::new(Guard::new(name, config, timeout))).clone()
    }
}

impl Guard {
    fn new(name: &str, config: &UpstreamConfig, timeout: Duration) -> Self {
        let own = config.subgraphs.get(name);
        let of = |select: fn(&SubgraphConfig) -> Option<usize>, usual| own.and_then(select).unwrap_or(usual);
        let places = of(|own| own.max_concurrent_requests, config.max_concurrent_requests);
        let breaker = own.and_then(|own| own.breaker.clone()).unwrap_or_else(|| config.breaker.clone());
        let retry = own.and_then(|own| own.retry.clone()).unwrap_or_else(|| config.retry.clone());
        Self {
            name: name.to_owned(),
            places: Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            waiting: AtomicUsize::new(0),
            max_waiting: of(|own| own.max_waiting_requests, config.max_waiting_requests),
            // Half of the time is kept for the subgraph.
            patience: timeout / 2,
            breaker: breaker.enabled.then(|| Breaker::new(breaker, Instant::now())),
            retries: Retries::new(retry),
        }
    }

    /// Whether calls are refused because too many failed.
    pub(super) fn is_closed_to_calls(&self) -> bool {
        self.breaker.as_ref().is_some_and(|breaker| breaker.is_open(Instant::now()))
    }

    pub(super) fn retries(&self) -> &Retries {
        &self.retries
    }

    /// Waits for a call's turn.
    pub(super) async fn enter(&self) -> Result<Entrance<'_>, Closed> {
        let place = match self.places.try_acquire() {
            Ok(place) => place,
            Err(_) => self.wait().await?,
        };
        let pass = match &self.breaker {
            Some(breaker) => Some(breaker.pass(Instant::now()).map_err(Closed::Broken)?),
            None => None,
        };
        Ok(Entrance { guard: self, _place: place, pass })
    }

    async fn wait(&self) -> Result<SemaphorePermit<'_>, Closed> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _leaving = Leaving(&self.waiting);
        let _counted = Waiting::begin(&self.name);
        if before >= self.max_waiting {
            return Err(Closed::Busy);
        }
        match timeout(self.patience, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Closed::Busy),
        }
    }
}

impl Entrance<'_> {
    /// Notes whether the subgraph was in trouble; a call made again is noted each time.
    pub(super) fn note(&mut self, trouble: bool) {
        let (Some(breaker), Some(pass)) = (&self.guard.breaker, self.pass) else { return };
        let subgraph = &*self.guard.name;
        match breaker.note(pass, trouble, Instant::now()) {
            Change::Opened => {
                metrics::breaker(subgraph, true);
                tracing::warn!(subgraph, "fails too often and is left alone for a while");
            }
            Change::Closed => {
                metrics::breaker(subgraph, false);
                tracing::info!(subgraph, "answers again");
            }
            Change::None => {}
        }
        // A trial is over with its first outcome.
        self.pass = Some(Pass::Usual);
    }
}

impl Drop for Entrance<'_> {
    fn drop(&mut self) {
        if let (Some(breaker), Some(pass)) = (&self.guard.breaker, self.pass) {
            breaker.give_up(pass);
        }
    }
}
