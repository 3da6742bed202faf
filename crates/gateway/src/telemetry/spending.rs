//! Metrics of budgets, and of the Redis that gateways keep them in.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::metrics::{Durations, OutcomeLabel, durations, metrics};

pub(super) struct Spending {
    operations: Family<OperationLabel, Counter>,
    fallbacks: Counter,
    redis: Durations<OutcomeLabel>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    /// `granted` or `refused`.
    outcome: &'static str,
}

impl Default for Spending {
    fn default() -> Self {
        Self {
            operations: Family::default(),
            fallbacks: Counter::default(),
            redis: Family::new_with_constructor(durations as fn() -> Histogram),
        }
    }
}

impl Spending {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "gateway_budget_operations",
            "Operations and events by whether their client's budget had enough for them",
            self.operations.clone(),
        );
        registry.register(
            "gateway_budget_fallbacks",
            "Operations whose budget this gateway counted by itself because Redis did not answer",
            self.fallbacks.clone(),
        );
        registry.register_with_unit(
            "redis_request_duration",
            "One question to Redis",
            Unit::Seconds,
            self.redis.clone(),
        );
    }
}

/// An operation's cost is taken from a budget, or is not there.
pub(crate) fn budgeted(granted: bool) {
    if let Some(metrics) = metrics() {
        let outcome = if granted { "granted" } else { "refused" };
        metrics.spending.operations.get_or_create(&OperationLabel { outcome }).inc();
    }
}

/// A budget that gateways keep together is counted by this one alone.
pub(crate) fn budget_fell_back() {
    if let Some(metrics) = metrics() {
        metrics.spending.fallbacks.inc();
    }
}

/// Redis was asked.
pub(crate) fn redis_asked(ok: bool, took: Duration) {
    if let Some(metrics) = metrics() {
        metrics.spending.redis.get_or_create(&OutcomeLabel::of(ok)).observe(took.as_secs_f64());
    }
}
