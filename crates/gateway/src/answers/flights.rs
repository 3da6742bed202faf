//! Equal answers that are wanted at the same time: one request works the answer out, and the others wait for it.
//!
//! Nobody waits for what is not coming: an answer that is not fit to be kept sets all who wait to work at once, each on
//! its own, and for a while nobody waits for its like; where the request that works is gone, one of them takes its place.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::sync::watch;

use super::Found;
use super::key::Key;

/// How long nobody waits for an answer after one to an equal question was not fit.
const UNFIT_FOR: Duration = Duration::from_secs(2);

/// The most questions whose answers are remembered not to be fit.
const MAX_UNFIT: u64 = 10_000;

/// Answers that are worked out. Clones are the same.
#[derive(Clone)]
pub(super) struct Flights(Arc<State>);

struct State {
    flights: Mutex<Flying>,
    /// Hashes of questions. Two of one hash only do without waiting.
    unfit: Cache<u64, ()>,
    hasher: RandomState,
}

#[derive(Default)]
struct Flying {
    by_key: HashMap<Key, Flight>,
    /// Tells a flight from a later one with the same key.
    next: u64,
}

struct Flight {
    number: u64,
    began: Instant,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// What becomes of an answer.
#[derive(Clone)]
pub(super) enum Outcome {
    /// It is kept.
    Kept(Found),
    /// It is for the request only that it was worked out for.
    Unfit,
}

/// What a request does that has no answer yet.
pub(super) enum Role {
    /// It works the answer out for all.
    Lead(Lead),
    /// It waits.
    Follow(Follower),
    /// It works out its own.
    Alone,
}

impl Flights {
    pub(super) fn new() -> Self {
        let unfit = Cache::builder().max_capacity(MAX_UNFIT).time_to_live(UNFIT_FOR).build();
        Self(Arc::new(State { flights: Mutex::default(), unfit, hasher: RandomState::new() }))
    }

    /// The role of a request. `is_usable` tells whether it takes what another one began then.
    pub(super) fn join(&self, key: &Key, is_usable: impl Fn(Instant) -> bool) -> Role {
        if self.0.unfit.contains_key(&self.0.hasher.hash_one(key)) {
            return Role::Alone;
        }
        let mut flying = self.0.flying();
        match flying.by_key.get(key) {
            Some(flight) if is_usable(flight.began) => Role::Follow(Follower(flight.outcome.clone())),
            Some(_) => Role::Alone,
            None => {
                let (sender, outcome) = watch::channel(None);
                let number = flying.next;
                flying.next += 1;
                flying.by_key.insert(key.clone(), Flight { number, began: Instant::now(), outcome });
                Role::Lead(Lead { state: self.0.clone(), key: key.clone(), number, outcome: sender })
            }
        }
    }
}

impl State {
    fn flying(&self) -> MutexGuard<'_, Flying> {
        // Nothing is left half done by a panic.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work for all who wait. Dropped without an end, as when its client goes away, it is another's.
pub(super) struct Lead {
    state: Arc<State>,
    key: Key,
    number: u64,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Lead {
    /// Tells all who wait.
    pub(super) fn end(self, outcome: Outcome) {
        if matches!(outcome, Outcome::Unfit) {
            self.state.unfit.insert(self.state.hasher.hash_one(&self.key), ());
        }
        self.outcome.send_replace(Some(outcome));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut flying = self.state.flying();
        if flying.by_key.get(&self.key).is_some_and(|flight| flight.number == self.number) {
            flying.by_key.remove(&self.key);
        }
    }
}

/// The wait for an answer.
pub(super) struct Follower(watch::Receiver<Option<Outcome>>);

impl Follower {
    /// What becomes of it; `None` when who worked on it is gone.
    pub(super) async fn outcome(mut self) -> Option<Outcome> {
        self.0.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone())
    }
}
