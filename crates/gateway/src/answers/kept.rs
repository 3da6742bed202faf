//! An answer that is kept, ready to be sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use federation::operation::CachePolicy;
use http::HeaderValue;

use crate::http::{Encoding, tag};

/// An answer with what is made of it once. What is compressed takes no more memory than the answer itself.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) body: Bytes,
    pub(crate) tag: HeaderValue,
    pub(crate) policy: CachePolicy,
    compressed: [OnceLock<Option<Bytes>>; Encoding::ALL.len()],
    /// Bytes that compressed forms may still take.
    spare: AtomicUsize,
}

impl Kept {
    pub(super) fn new(body: Bytes, policy: CachePolicy) -> Self {
        let spare = AtomicUsize::new(body.len());
        Self { tag: tag(&body), body, policy, compressed: Default::default(), spare }
    }

    /// The body in a content coding; `None` where that is not kept.
    pub(crate) fn compressed(&self, encoding: Encoding) -> Option<&Bytes> {
        let compress = || {
            let compressed = encoding.compress(self.body.clone())?;
            let take = |spare: usize| spare.checked_sub(compressed.len());
            let taken = self.spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
            taken.ok().map(|_| Bytes::copy_from_slice(&compressed))
        };
        self.compressed[encoding as usize].get_or_init(compress).as_ref()
    }

    /// About how many bytes it takes in memory at most.
    pub(super) fn weight(&self) -> usize {
        // What a cache needs for an entry is some hundred bytes.
        size_of::<Self>() + 2 * self.body.len() + 512
    }
}

/// A kept answer with its age.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    kept: Arc<Kept>,
    began: Instant,
    lifetime: Duration,
}

impl Found {
    pub(super) fn new(kept: Kept, began: Instant, lifetime: Duration) -> Self {
        Self { kept: Arc::new(kept), began, lifetime }
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// How old it is (RFC 9111, section 4.2.3): since the request that it answered first.
    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// For how long it is still kept.
    pub(super) fn rest(&self) -> Duration {
        self.lifetime.saturating_sub(self.began.elapsed())
    }

    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime
    }

    /// Whether it may tell of a state before a change.
    pub(super) fn was_before(&self, change: Option<Instant>) -> bool {
        change.is_some_and(|change| self.began <= change)
    }
}
