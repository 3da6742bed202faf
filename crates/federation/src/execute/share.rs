//! What equal requests share while it is in flight: calls of subgraphs, and whole runs.
//!
//! Whoever asks first makes the future; it then belongs to all who wait for it, and whoever is still there
//! drives it on when the first one leaves. It can be joined until it knows anything: a call until it is
//! answered, a run until the first of its calls is. So nothing is ever cached, and who joins a run is told
//! nothing that its own calls, shared one by one, would not have told. When a mutation is done, nothing
//! begun before can be joined, so that nobody who asks after a change is told of the state before it.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::RandomState;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

use super::audience::Audience;
use super::program::Program;
use super::request::Variable;
use super::transport::{Answer, TransportError};
use super::write::Written;
use crate::graph::SubgraphId;
use crate::operation::CoercedVariables;

/// What becomes of a call.
pub(super) type AnswerResult = Result<Answer, TransportError>;

/// What becomes of a run.
#[derive(Clone)]
pub(crate) struct Finished {
    pub(crate) written: Written,
    /// Whether time was up before all subgraphs had answered.
    pub(crate) late: bool,
}

/// Everything that can change the answer of a subgraph to a query.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct CallKey {
    pub(super) subgraph: SubgraphId,
    /// The beginning of the request's body: text and name of the operation.
    pub(super) operation: Arc<str>,
    pub(super) client: Vec<Variable>,
    pub(super) representations: Vec<Variable>,
    pub(super) audience: Audience,
}

/// Everything that can change the answer to a client's query.
#[derive(Debug)]
pub(crate) struct RunKey {
    /// One and the same: it stands for the operation and all that was decided about the request.
    pub(crate) program: Arc<Program>,
    pub(crate) variables: Arc<CoercedVariables>,
    /// Beside [`Program::subgraphs`].
    pub(crate) audiences: Vec<Audience>,
}

impl PartialEq for RunKey {
    fn eq(&self, other: &Self) -> bool {
        let Self { program, variables, audiences } = self;
        Arc::ptr_eq(program, &other.program) && *variables == other.variables && *audiences == other.audiences
    }
}

impl Eq for RunKey {}

impl Hash for RunKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { program, variables, audiences } = self;
        Arc::as_ptr(program).hash(state);
        variables.hash(state);
        audiences.hash(state);
    }
}

/// What is in flight in an engine.
#[derive(Default)]
pub(crate) struct Sharing {
    /// Whether anything is shared.
    pub(crate) is_on: bool,
    pub(super) calls: Arc<InFlight<CallKey, AnswerResult>>,
    pub(crate) runs: Arc<InFlight<RunKey, Finished>>,
}

impl Sharing {
    pub(crate) fn new(is_on: bool) -> Self {
        Self { is_on, ..Self::default() }
    }

    /// Lets nobody join what is in flight any more; who waits for it still gets its answers.
    pub(super) fn forget(&self) {
        self.calls.forget();
        self.runs.forget();
    }
}

/// Futures in flight that can be joined.
pub(crate) struct InFlight<K, T: Clone> {
    futures: Mutex<Futures<K, T>>,
}

struct Futures<K, T: Clone> {
    /// Each with a number that tells it from a later one with the same key.
    by_key: HashMap<Arc<K>, (u64, WeakShared<BoxFuture<'static, T>>), RandomState>,
    next: u64,
}

impl<K, T: Clone> Default for InFlight<K, T> {
    fn default() -> Self {
        Self { futures: Mutex::new(Futures { by_key: HashMap::default(), next: 0 }) }
    }
}

impl<K: Eq + Hash, T: Clone> InFlight<K, T> {
    /// The future of a key: one in flight, then the parts for an own one are returned; or a new one, which others can
    /// join until it drops the entry it is given.
    pub(crate) fn join<P>(
        self: &Arc<Self>,
        key: K,
        parts: P,
        make: impl FnOnce(P, Arc<K>, Entry<K, T>) -> BoxFuture<'static, T>,
    ) -> (Shared<BoxFuture<'static, T>>, Option<P>) {
        let mut futures = self.lock();
        if let Some(future) = futures.by_key.get(&key).and_then(|(_, future)| future.upgrade()) {
            return (future, Some(parts));
        }
        let key = Arc::new(key);
        let number = futures.next;
        futures.next += 1;
        let entry = Entry { in_flight: self.clone(), key: key.clone(), number };
        let future = make(parts, key.clone(), entry).shared();
        if let Some(weak) = future.downgrade() {
            futures.by_key.insert(key, (number, weak));
        }
        (future, None)
    }

    fn forget(&self) {
        self.lock().by_key.clear();
    }
}

impl<K, T: Clone> InFlight<K, T> {
    fn lock(&self) -> MutexGuard<'_, Futures<K, T>> {
        // Nothing is left half done by a panic.
        self.futures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A future's place among those that can be joined. Dropped with the future if not before.
pub(crate) struct Entry<K: Eq + Hash, T: Clone> {
    in_flight: Arc<InFlight<K, T>>,
    key: Arc<K>,
    number: u64,
}

impl<K: Eq + Hash, T: Clone> Drop for Entry<K, T> {
    fn drop(&mut self) {
        let mut futures = self.in_flight.lock();
        if futures.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            futures.by_key.remove(&self.key);
        }
    }
}
