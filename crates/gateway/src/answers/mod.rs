//! Answers that are kept, as the schema's cache hints allow, for whoever may get the same.
//!
//! What is not certain to be the same is not kept: only whole answers to queries, without errors and without headers
//! of subgraphs, that ask for nothing beside them. A request comes here when it was accepted, so that tokens, limits
//! and what the schema protects are checked whether or not its answer is kept.

mod flights;
mod kept;
mod key;
mod replicas;
mod wish;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use federation::operation::CachePolicy;
use federation::{Prepared, Response};
use moka::Expiry;
use moka::sync::Cache;
use tokio::time::timeout_at;

use self::flights::{Flights, Follower, Lead, Outcome, Role};
pub(crate) use self::kept::{Found, Kept};
use self::key::Key;
use self::replicas::{Bounds, Place, lifetime};
pub(crate) use self::wish::Wish;
use crate::caller::Caller;
use crate::config::Config;
use crate::context::RequestContext;
use crate::shared::Shared;
use crate::views::{View, Views};

/// The most callers whose changes are remembered.
const MAX_CHANGES: u64 = 100_000;

/// The answers that one generation of the gateway keeps.
pub(crate) struct Answers {
    kept: Cache<Key, Found>,
    flights: Flights,
    /// When callers changed something last, by subject; empty for those who are not known.
    changed: Cache<String, Instant>,
    bounds: Bounds,
    /// Where answers are shared with other gateways, and a hash of the settings that they depend on.
    shared: Option<(Arc<Shared>, [u8; 32])>,
}

/// What there is for a request.
pub(crate) enum Asking {
    /// Its answer, and how it came about.
    Kept(Found, AnswerUse),
    /// Room for its answer.
    Missing(Room),
    /// Neither: its answer is for itself.
    Alone,
}

/// How an answer came about, where answers like it are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AnswerUse {
    /// It was kept.
    Hit,
    /// It was worked out for an equal request at the same time.
    Joined,
    /// Another gateway had kept it.
    Fetched,
    /// It was not kept.
    Miss,
    /// It was, but its client wanted another one.
    Passed,
}

impl AnswerUse {
    /// As it is told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Joined => "joined",
            Self::Fetched => "fetched",
            Self::Miss => "miss",
            Self::Passed => "passed",
        }
    }
}

impl Asking {
    /// How the answer comes about, if answers like it are kept.
    pub(crate) fn usage(&self) -> Option<AnswerUse> {
        match self {
            Self::Kept(_, usage) => Some(*usage),
            Self::Missing(room) if room.is_passed => Some(AnswerUse::Passed),
            Self::Missing(_) => Some(AnswerUse::Miss),
            Self::Alone => None,
        }
    }
}

/// Room for the answer to a request.
pub(crate) struct Room {
    key: Key,
    policy: CachePolicy,
    /// When the request came: its answer tells of a state that is as old.
    began: Instant,
    /// The client wanted to get none that is kept.
    is_passed: bool,
    /// Others wait for its answer.
    lead: Option<Lead>,
    /// Where other gateways find its answer.
    place: Option<Place>,
}

/// What a request finds at first.
enum Look {
    Known(Asking),
    /// Another request works its answer out.
    Wait(Room, Follower),
}

/// A request that was accepted, and what tells it from others.
#[derive(Clone, Copy)]
pub(crate) struct Inquiry<'a> {
    pub(crate) view: &'a View,
    pub(crate) prepared: &'a Prepared,
    /// The text that was prepared.
    pub(crate) document: &'a str,
    pub(crate) context: &'a RequestContext,
}

/// Which answers a request takes.
#[derive(Clone, Copy)]
struct Demand {
    wish: Wish,
    /// When its caller changed something last.
    change: Option<Instant>,
}

impl Demand {
    /// Whether an answer tells of the state that the caller knows of.
    fn knows(self, found: &Found, now: Instant) -> bool {
        found.is_fresh(now) && !found.was_before(self.change)
    }

    fn takes(self, found: &Found) -> bool {
        let now = Instant::now();
        self.knows(found, now) && self.wish.takes(found.age(now))
    }
}

/// How many answers are kept, and the memory they take by estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) answers: u64,
    pub(crate) bytes: u64,
}

/// Lets answers go when they are too old.
struct Ages;

impl Expiry<Key, Found> for Ages {
    fn expire_after_create(&self, _: &Key, found: &Found, _: Instant) -> Option<Duration> {
        Some(found.rest())
    }

    fn expire_after_update(
        &self,
        _: &Key,
        found: &Found,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(found.rest())
    }
}

impl Answers {
    /// `None` where no answers are kept.
    pub(crate) fn new(config: &Config, views: &Views, shared: &Arc<Shared>) -> Option<Self> {
        let settings = config.answer_hash();
        let config = &config.cache.answers;
        let is_shared = config.enabled && config.shared;
        if is_shared {
            // Before a request needs it.
            for view in views.all() {
                view.hash();
            }
        }
        config.enabled.then(|| Self {
            kept: Cache::builder()
                .max_capacity(config.max_memory.0)
                .weigher(|key: &Key, found: &Found| {
                    u32::try_from(key.weight() + found.kept().weight()).unwrap_or(u32::MAX)
                })
                .expire_after(Ages)
                .build(),
            flights: Flights::new(),
            changed: Cache::builder().max_capacity(MAX_CHANGES).time_to_live(config.max_age.0).build(),
            bounds: Bounds::of(config),
            shared: is_shared.then(|| (shared.clone(), settings)),
        })
    }

    /// Looks for the answer to a request that was accepted: here, with an equal request that has it worked out, and with
    /// other gateways.
    pub(crate) async fn ask(&self, asked: Inquiry<'_>, wish: Wish) -> Asking {
        let demand = Demand { wish, change: self.change_of(&asked.context.caller) };
        // Apart from the way of requests that do not wait.
        match self.look(asked, demand) {
            Look::Wait(room, follower) => Box::pin(self.wait(room, follower, demand, asked)).await,
            Look::Known(Asking::Missing(room)) if self.shared.is_some() && room.lead.is_some() => {
                Box::pin(self.fetch(room, demand, asked)).await
            }
            Look::Known(asking) => asking,
        }
    }

    fn look(&self, asked: Inquiry<'_>, demand: Demand) -> Look {
        let Inquiry { view, prepared, context, .. } = asked;
        let began = Instant::now();
        let Demand { wish, .. } = demand;
        // What is told in several payloads is told once.
        let policy =
            prepared.cache_policy().filter(|_| !wish.keeps_nothing() && prepared.defer_format().is_none());
        let Some(policy) = policy else { return Look::Known(Asking::Alone) };
        let question = view.engine.question(prepared);
        let Some(key) = question.and_then(|question| Key::new(question, context, policy)) else {
            return Look::Known(Asking::Alone);
        };
        let found = self.kept.get(&key).filter(|found| demand.knows(found, began));
        let is_passed = match found {
            Some(found) if wish.takes(found.age(began)) => {
                return Look::Known(Asking::Kept(found, AnswerUse::Hit));
            }
            found => found.is_some(),
        };
        let room = Room { key, policy, began, is_passed, lead: None, place: None };
        // Who wants a new answer has one of its own.
        if wish.takes(Duration::ZERO) { self.join(room, demand) } else { Look::Known(Asking::Missing(room)) }
    }

    /// Gives a request without an answer its role among equal ones.
    fn join(&self, mut room: Room, demand: Demand) -> Look {
        let is_usable = |began| demand.change.is_none_or(|change| change < began);
        match self.flights.join(&room.key, is_usable) {
            Role::Follow(follower) => return Look::Wait(room, follower),
            Role::Alone => {}
            Role::Lead(lead) => match self.kept.get(&room.key).filter(|found| demand.takes(found)) {
                // Who worked on it was done between the two looks.
                Some(found) => return Look::Known(Asking::Kept(found, AnswerUse::Joined)),
                None => room.lead = Some(lead),
            },
        }
        Look::Known(Asking::Missing(room))
    }

    /// Waits for the answer of another request, as long as there is time.
    async fn wait(
        &self,
        mut room: Room,
        mut follower: Follower,
        demand: Demand,
        asked: Inquiry<'_>,
    ) -> Asking {
        loop {
            match timeout_at(asked.context.deadline, follower.outcome()).await {
                Ok(Some(Outcome::Kept(found))) if demand.takes(&found) => {
                    return Asking::Kept(found, AnswerUse::Joined);
                }
                Ok(Some(Outcome::Kept(_) | Outcome::Unfit)) | Err(_) => return Asking::Missing(room),
                // Whoever it was is gone; somebody has to take its place.
                Ok(None) => match self.join(room, demand) {
                    Look::Known(Asking::Missing(room)) => return self.fetch(room, demand, asked).await,
                    Look::Known(asking) => return asking,
                    Look::Wait(next, other) => (room, follower) = (next, other),
                },
            }
        }
    }

    /// Asks other gateways for an answer that may be theirs as well.
    async fn fetch(&self, mut room: Room, demand: Demand, asked: Inquiry<'_>) -> Asking {
        let Some((shared, settings)) = &self.shared else { return Asking::Missing(room) };
        let place =
            Place::new(settings, asked.view.hash(), &room.key, || asked.prepared.digest(asked.document));
        let (Some(place), Some(store)) = (place, shared.store.get()) else { return Asking::Missing(room) };
        match replicas::ask(store, &place, self.bounds).await.filter(|found| demand.takes(found)) {
            Some(found) => {
                self.hold(room.key, &found);
                if let Some(lead) = room.lead {
                    lead.end(Outcome::Kept(found.clone()));
                }
                Asking::Kept(found, AnswerUse::Fetched)
            }
            None => {
                room.place = Some(place);
                Asking::Missing(room)
            }
        }
    }

    fn hold(&self, key: Key, found: &Found) {
        self.kept.insert(key, found.clone());
        // So that there are never more than the bound allows.
        self.kept.run_pending_tasks();
    }

    /// Keeps an answer, and gives it to all who wait for it; `None` when it is not fit to be kept.
    pub(crate) fn keep(&self, room: Room, response: &Response) -> Option<Found> {
        let Room { key, policy, began, lead, place, .. } = room;
        let fits = response.body.len() <= self.bounds.answer;
        let is_fit = fits && response.errors == 0 && response.notes.is_empty();
        let found = is_fit.then(|| {
            // A copy, as the answer's own memory may be larger than the answer.
            let kept = Kept::new(Bytes::copy_from_slice(&response.body), policy);
            let found = Found::new(kept, began, lifetime(policy, self.bounds.age));
            self.hold(key, &found);
            found
        });
        if let (Some(found), Some(place), Some((shared, _))) = (&found, place, &self.shared) {
            replicas::tell(shared, place, found, self.bounds);
        }
        if let Some(lead) = lead {
            lead.end(found.clone().map_or(Outcome::Unfit, Outcome::Kept));
        }
        found
    }

    /// Until what is returned is dropped, a caller changes something: from then on it gets nothing that was kept before.
    pub(crate) fn change<'a>(&'a self, caller: &'a Caller) -> Change<'a> {
        Change { answers: self, caller }
    }

    fn change_of(&self, caller: &Caller) -> Option<Instant> {
        self.changed.get(caller.subject().unwrap_or_default())
    }

    pub(crate) fn held(&self) -> Held {
        self.kept.run_pending_tasks();
        Held { answers: self.kept.entry_count(), bytes: self.kept.weighted_size() }
    }
}

/// A change that a caller makes.
pub(crate) struct Change<'a> {
    answers: &'a Answers,
    caller: &'a Caller,
}

impl Drop for Change<'_> {
    // Also when the client goes away before the end, which does not undo what it asked for.
    fn drop(&mut self) {
        let subject = self.caller.subject().unwrap_or_default();
        self.answers.changed.insert(subject.to_owned(), Instant::now());
    }
}
