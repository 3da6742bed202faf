//! Metrics of calls to subgraphs. Their label is a name of the configuration.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{Durations, Metrics, durations, metrics};
use crate::telemetry::Account;

pub(super) struct Calls {
    calls: Durations<CallLabels>,
    again: Family<SubgraphLabel, Counter>,
    open: Family<SubgraphLabel, Gauge>,
    waiting: Family<SubgraphLabel, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    subgraph_name: Arc<str>,
    /// `ok`, or the code of the error.
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SubgraphLabel {
    subgraph_name: Arc<str>,
}

impl SubgraphLabel {
    fn of(subgraph: &str) -> Self {
        Self { subgraph_name: subgraph.into() }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            calls: Family::new_with_constructor(durations as fn() -> Histogram),
            again: Family::default(),
            open: Family::default(),
            waiting: Family::default(),
        }
    }
}

impl Calls {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "subgraph_request_duration",
            "One request to a subgraph, to the end of its answer",
            Unit::Seconds,
            self.calls.clone(),
        );
        registry.register(
            "subgraph_requests_retried",
            "Requests to a subgraph that were sent again",
            self.again.clone(),
        );
        registry.register(
            "subgraph_breaker_open",
            "1 while a subgraph is left alone because it fails too often",
            self.open.clone(),
        );
        registry.register(
            "subgraph_requests_waiting",
            "Requests to a subgraph that wait for their turn",
            self.waiting.clone(),
        );
    }

    /// Where calls with that outcome are counted.
    fn of(&self, subgraph: &Arc<str>, outcome: &'static str) -> Histogram {
        self.calls.get_or_create_owned(&CallLabels { subgraph_name: subgraph.clone(), outcome })
    }
}

/// The outcome of a call with an answer.
pub const OK: &str = "ok";

/// Counts the calls to one subgraph. Where those with an answer are counted is looked for once.
#[derive(Debug)]
pub struct CallMeter {
    subgraph: Arc<str>,
    answered: OnceLock<Histogram>,
}

impl CallMeter {
    /// The meter of a subgraph, by its name.
    pub fn new(subgraph: &str) -> Self {
        Self { subgraph: subgraph.into(), answered: OnceLock::new() }
    }

    /// Tells that a call ended: counts it, and adds it to the account of the request that it was made for. A transport of
    /// an embedder calls this as the gateway's own does. `bytes` is the size of the answer's body, where there is one;
    /// `outcome` is [`OK`] or an error's code.
    pub fn called(&self, took: Duration, bytes: Option<usize>, outcome: &'static str) {
        self.count(took, outcome);
        Account::note_current_call(&self.subgraph, took, bytes, outcome);
    }

    fn count(&self, took: Duration, outcome: &'static str) {
        let Some(Metrics { calls, .. }) = metrics() else { return };
        if outcome == OK {
            let answered = self.answered.get_or_init(|| calls.of(&self.subgraph, OK));
            answered.observe(took.as_secs_f64());
        } else {
            calls.of(&self.subgraph, outcome).observe(took.as_secs_f64());
        }
    }
}

/// A request to a subgraph is sent again.
pub(crate) fn called_again(subgraph: &str) {
    if let Some(metrics) = metrics() {
        metrics.calls.again.get_or_create(&SubgraphLabel::of(subgraph)).inc();
    }
}

/// A subgraph's breaker opened or closed.
pub(crate) fn breaker(subgraph: &str, open: bool) {
    if let Some(metrics) = metrics() {
        metrics.calls.open.get_or_create(&SubgraphLabel::of(subgraph)).set(i64::from(open));
    }
}

/// A request to a subgraph that waits for its turn, until it is dropped.
pub(crate) struct Waiting(Option<Gauge>);

impl Waiting {
    pub(crate) fn begin(subgraph: &str) -> Self {
        let label = SubgraphLabel::of(subgraph);
        let gauge = metrics().map(|metrics| metrics.calls.waiting.get_or_create_owned(&label));
        if let Some(gauge) = &gauge {
            gauge.inc();
        }
        Self(gauge)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(gauge) = &self.0 {
            gauge.dec();
        }
    }
}
