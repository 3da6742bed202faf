//! Metrics of clients' requests, by their operation.
//!
//! Names of operations are bounded: they are those that are stored, or named in the configuration.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::{Durations, Metrics, durations, metrics};
use crate::layers::AccessNote;

/// The most names of operations that are told apart: a registry can have any number in the course of time.
const MAX_OPERATIONS: usize = 1000;

/// The label of all other names.
static OTHER: LazyLock<Arc<str>> = LazyLock::new(|| "other".into());

/// The label of requests that run no operation with a name.
static UNNAMED: LazyLock<Arc<str>> = LazyLock::new(|| "".into());

pub(super) struct Requests {
    requests: Durations<RequestLabels>,
    active: Gauge,
    shed: Counter,
    errors: Family<OperationLabel, Counter>,
    operations: RwLock<HashSet<Arc<str>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    graphql_operation_name: Arc<str>,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    graphql_operation_name: Arc<str>,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            requests: Family::new_with_constructor(durations as fn() -> Histogram),
            active: Gauge::default(),
            shed: Counter::default(),
            errors: Family::default(),
            operations: RwLock::default(),
        }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "http_server_request_duration",
            "From a request's head to the head of its answer",
            Unit::Seconds,
            self.requests.clone(),
        );
        registry.register("http_server_active_requests", "Requests in work", self.active.clone());
        registry.register(
            "gateway_requests_shed",
            "Requests refused because there were too many in work",
            self.shed.clone(),
        );
        registry.register("graphql_errors", "Errors in answers", self.errors.clone());
    }

    /// The label of an operation. Names that are not known come from strangers, who could invent any number.
    fn operation(&self, name: Option<&Arc<str>>, is_known: bool) -> Arc<str> {
        let Some(name) = name else { return UNNAMED.clone() };
        if !is_known {
            return OTHER.clone();
        }
        let known = |names: &HashSet<Arc<str>>| names.contains(name);
        if known(&self.operations.read().unwrap_or_else(PoisonError::into_inner)) {
            return name.clone();
        }
        let mut names = self.operations.write().unwrap_or_else(PoisonError::into_inner);
        if known(&names) || (names.len() < MAX_OPERATIONS && names.insert(name.clone())) {
            return name.clone();
        }
        OTHER.clone()
    }
}

/// A request in work, until it is dropped.
pub(crate) struct Active(Option<&'static Metrics>);

impl Active {
    pub(crate) fn begin() -> Self {
        let metrics = metrics();
        if let Some(metrics) = metrics {
            metrics.requests.active.inc();
        }
        Self(metrics)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if let Some(metrics) = self.0 {
            metrics.requests.active.dec();
        }
    }
}

/// A client's request is answered.
pub(crate) fn answered(note: &AccessNote, status: u16, took: Duration) {
    let Some(Metrics { requests, .. }) = metrics() else { return };
    erred(note);
    let name = requests.operation(note.operation.as_ref(), note.is_known);
    let labels = RequestLabels { graphql_operation_name: name, http_response_status_code: status };
    requests.requests.get_or_create(&labels).observe(took.as_secs_f64());
}

/// An operation was answered with errors, if it was.
pub(crate) fn erred(note: &AccessNote) {
    let Some(Metrics { requests, .. }) = metrics().filter(|_| note.errors > 0) else { return };
    let label =
        OperationLabel { graphql_operation_name: requests.operation(note.operation.as_ref(), note.is_known) };
    requests.errors.get_or_create(&label).inc_by(note.errors as u64);
}

/// A client's request is refused for there are too many.
pub(crate) fn shed() {
    if let Some(metrics) = metrics() {
        metrics.requests.shed.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_operations_are_bounded() {
        let requests = Requests::default();
        let label = |number: usize| requests.operation(Some(&Arc::from(format!("Operation{number}"))), true);
        for number in 0..MAX_OPERATIONS {
            assert_eq!(*label(number), *format!("Operation{number}"));
        }
        assert_eq!(label(MAX_OPERATIONS), *OTHER);
        assert_eq!(&*label(0), "Operation0", "who has a label keeps it");
        assert_eq!(requests.operation(None, false), *UNNAMED);
        let invented = requests.operation(Some(&"Operation0".into()), false);
        assert_eq!(invented, *OTHER, "whoever it is from is not known");
    }
}
