//! Equal requests in flight share one call.
//!
//! Whoever asks first makes the call; the future of the call belongs to all who wait for it, and whoever is
//! still there drives it on when the first one leaves. A call is forgotten in the moment it is answered, so
//! nothing is ever cached; and when a mutation is done, so that nobody who asks after a change is told of the
//! state before it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::RandomState;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

use super::audience::Audience;
use super::request::Variable;
use super::transport::{Answer, TransportError};
use crate::graph::SubgraphId;

/// What becomes of a call.
pub(super) type AnswerResult = Result<Answer, TransportError>;

/// A call that several requests may wait for.
pub(super) type SharedCall = Shared<BoxFuture<'static, AnswerResult>>;

/// Everything that can change the answer to a query.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) subgraph: SubgraphId,
    /// The beginning of the request's body: text and name of the operation.
    pub(super) operation: Arc<str>,
    pub(super) client: Vec<Variable>,
    pub(super) representations: Vec<Variable>,
    pub(super) audience: Audience,
}

/// The calls in flight that can be shared.
#[derive(Default)]
pub(crate) struct InFlight {
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    by_key: HashMap<Arc<Key>, Entry, RandomState>,
    next: u64,
}

struct Entry {
    /// Tells a call from a later one with the same key.
    number: u64,
    call: WeakShared<BoxFuture<'static, AnswerResult>>,
}

impl InFlight {
    /// The call for a key: one in flight, or a new one.
    pub(super) fn call(
        self: &Arc<Self>,
        key: Key,
        make: impl FnOnce(Arc<Key>) -> BoxFuture<'static, AnswerResult>,
    ) -> SharedCall {
        let mut calls = self.lock();
        if let Some(call) = calls.by_key.get(&key).and_then(|entry| entry.call.upgrade()) {
            return call;
        }
        let key = Arc::new(key);
        let number = calls.next;
        calls.next += 1;
        let call = make(key.clone());
        let registered = Registered { in_flight: self.clone(), key: key.clone(), number };
        let call = async move {
            let _registered = registered;
            call.await
        };
        let call = call.boxed().shared();
        if let Some(weak) = call.downgrade() {
            calls.by_key.insert(key, Entry { number, call: weak });
        }
        call
    }

    /// Lets nobody join the calls in flight any more; who waits for them still gets their answers.
    pub(super) fn forget(&self) {
        self.lock().by_key.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        // Nothing is left half done by a panic.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a call out of the map when it is answered, or dropped because nobody waits for it.
struct Registered {
    in_flight: Arc<InFlight>,
    key: Arc<Key>,
    number: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut calls = self.in_flight.lock();
        if calls.by_key.get(&self.key).is_some_and(|entry| entry.number == self.number) {
            calls.by_key.remove(&self.key);
        }
    }
}
