//! How many spans reached the collector, and how many did not.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

static EXPORTED: AtomicU64 = AtomicU64::new(0);
static NO_ROOM: AtomicU64 = AtomicU64::new(0);
static NOT_TAKEN: AtomicU64 = AtomicU64::new(0);

/// What became of the ended spans of this process that were recorded, but for those that still wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The collector took them.
    pub exported: u64,
    /// Dropped, as there was no room to wait.
    pub no_room: u64,
    /// Dropped, as the collector did not take them.
    pub not_taken: u64,
}

/// What became of spans so far.
pub fn counts() -> Counts {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Counts { exported: of(&EXPORTED), no_room: of(&NO_ROOM), not_taken: of(&NOT_TAKEN) }
}

/// Spans that wait to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    /// Takes a place, if one of so many is free.
    fn enter(&self, most: usize) -> bool {
        let taken = |waiting: usize| (waiting < most).then_some(waiting + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// A batch is on its way.
    pub(crate) fn leave(&self, spans: usize) {
        self.0.fetch_sub(spans, Ordering::Relaxed);
    }
}

/// A batch was sent.
pub(crate) fn sent(spans: usize, is_taken: bool) {
    let count = if is_taken { &EXPORTED } else { &NOT_TAKEN };
    count.fetch_add(spans as u64, Ordering::Relaxed);
}

/// A processor whose queue is never full, as what has no room does not get there: the library drops such spans without
/// saying how many before it ends.
pub(crate) struct Counted<P> {
    pub(crate) processor: P,
    pub(crate) waiting: Waiting,
    pub(crate) most: usize,
}

impl<P: fmt::Debug> fmt::Debug for Counted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.processor.fmt(f)
    }
}

impl<P: SpanProcessor> SpanProcessor for Counted<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.enter(self.most) {
            self.processor.on_end(span);
        } else {
            NO_ROOM.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}
