//! What a request took, gathered while it is worked on, for the lines that tell of it at its end.

use std::future::Future;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::Method;
use tracing::{Instrument, Span};

use super::TraceContext;
use super::metrics::OK;
use crate::budget::Level;

/// The most calls to subgraphs that are told one by one.
const MAX_FETCHES: usize = 50;

tokio::task_local! {
    /// The account of the request that is worked on.
    static CURRENT: Arc<Account>;
}

/// Which request it is, as lines of the log tell it.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) request_id: Arc<str>,
    pub(crate) trace: TraceContext,
    pub(crate) method: Method,
    pub(crate) route: Arc<str>,
}

/// The request that is worked on, for work on it that goes on in another task.
pub(crate) struct Here {
    account: Option<Arc<Account>>,
    span: Span,
}

impl Here {
    pub(crate) fn new() -> Self {
        Self { account: Account::current(), span: Span::current() }
    }

    /// Goes on with the request.
    pub(crate) async fn go_on<F: Future>(self, work: F) -> F::Output {
        let Self { account, span } = self;
        match account {
            Some(account) => account.scope(work).instrument(span).await,
            None => work.instrument(span).await,
        }
    }
}

/// What one request took so far.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// `None` where nobody named the request.
    identity: Option<Identity>,
    /// The `sub` claim of the caller's token.
    caller: OnceLock<Arc<str>>,
    request_bytes: AtomicU64,
    calls: AtomicU32,
    subgraph_bytes: AtomicU64,
    plan: AtomicU8,
    /// What its client has left, if that is bounded.
    budget: OnceLock<Mutex<Level>>,
    /// Each call, where somebody wants to know.
    fetches: Option<Mutex<Vec<Fetch>>>,
    /// The account that this is a part of.
    whole: Option<Arc<Self>>,
}

/// A call to a subgraph.
#[derive(Debug)]
struct Fetch {
    subgraph: Arc<str>,
    took: Duration,
    /// Of the answer's body; `None` where there is no body.
    bytes: Option<usize>,
    outcome: &'static str,
}

/// Where a plan came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanSource {
    Kept,
    Made,
}

impl PlanSource {
    /// As it is told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Made => "made",
        }
    }
}

impl Account {
    /// An account; `detailed` if calls are to be told one by one.
    pub(crate) fn new(identity: Option<Identity>, detailed: bool) -> Arc<Self> {
        Arc::new(Self { identity, fetches: detailed.then(Mutex::default), ..Self::default() })
    }

    /// A detailed account of a part of a request, whose calls are in that of the request as well.
    pub(crate) fn within(whole: Option<Arc<Self>>) -> Arc<Self> {
        let identity = whole.as_ref().and_then(|whole| whole.identity.clone());
        Arc::new(Self { identity, fetches: Some(Mutex::default()), whole, ..Self::default() })
    }

    /// The account of the request that this task works on.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Tells which request this task works on, if it was named.
    pub(super) fn identify<T>(tell: impl FnOnce(&Identity) -> T) -> Option<T> {
        CURRENT.try_with(|account| account.identity.as_ref().map(tell)).ok().flatten()
    }

    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Works on a request.
    pub(crate) fn scope<F: Future>(self: Arc<Self>, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// Goes on with a request.
    pub(crate) fn enter<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), work)
    }

    pub(crate) fn note_caller(&self, subject: Option<&str>) {
        if let Some(subject) = subject {
            self.caller.get_or_init(|| subject.into());
        }
    }

    /// Notes what is left of a budget. Of several operations of a request the lowest counts.
    pub(crate) fn note_budget(&self, level: Level) {
        let noted = self.budget.get_or_init(|| Mutex::new(level));
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        if level.remaining() <= noted.remaining() {
            *noted = level;
        }
    }

    /// What is left of the client's budget.
    pub(crate) fn budget(&self) -> Option<Level> {
        self.budget.get().map(|level| *level.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note_request(&self, bytes: usize) {
        self.request_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn note_plan(&self, source: PlanSource) {
        self.plan.fetch_max(1 + source as u8, Ordering::Relaxed);
    }

    /// Notes a call in the account of the request that it was made for. A call that outlives its request is in none.
    pub(super) fn note_current_call(
        subgraph: &Arc<str>,
        took: Duration,
        bytes: Option<usize>,
        outcome: &'static str,
    ) {
        let _ = CURRENT.try_with(|account| account.note_call(subgraph, took, bytes, outcome));
    }

    fn note_call(&self, subgraph: &Arc<str>, took: Duration, bytes: Option<usize>, outcome: &'static str) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.subgraph_bytes.fetch_add(bytes.unwrap_or_default() as u64, Ordering::Relaxed);
        if let Some(fetches) = &self.fetches {
            let mut fetches = fetches.lock().unwrap_or_else(PoisonError::into_inner);
            if fetches.len() < MAX_FETCHES {
                fetches.push(Fetch { subgraph: subgraph.clone(), took, bytes, outcome });
            }
        }
        if let Some(whole) = &self.whole {
            whole.note_call(subgraph, took, bytes, outcome);
        }
    }

    pub(crate) fn caller(&self) -> Option<&str> {
        self.caller.get().map(AsRef::as_ref)
    }

    /// The size of the request's body as it was read.
    pub(crate) fn request_bytes(&self) -> u64 {
        self.request_bytes.load(Ordering::Relaxed)
    }

    /// How many calls to subgraphs it made. Those it shares are in the account of whoever began them.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn subgraph_bytes(&self) -> u64 {
        self.subgraph_bytes.load(Ordering::Relaxed)
    }

    /// `made` if any plan was made for it, `kept` if all were there; `None` without an operation.
    pub(crate) fn plan(&self) -> Option<&'static str> {
        match self.plan.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(PlanSource::Kept.as_str()),
            _ => Some(PlanSource::Made.as_str()),
        }
    }

    /// Each call in a few words, in the order in which they ended: `products 12.5ms 340B`.
    pub(crate) fn fetches(&self) -> String {
        let Some(fetches) = &self.fetches else { return String::new() };
        let fetches = fetches.lock().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<_> = fetches.iter().map(ToString::to_string).collect();
        told.join(", ")
    }
}

impl std::fmt::Display for Fetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:.1}ms", self.subgraph, self.took.as_secs_f64() * 1000.0)?;
        if let Some(bytes) = self.bytes {
            write!(f, " {bytes}B")?;
        }
        if self.outcome == OK { Ok(()) } else { write!(f, " {}", self.outcome) }
    }
}
