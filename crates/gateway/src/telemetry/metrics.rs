//! Metrics of this process, in the text format that Prometheus reads.
//!
//! Names follow the semantic conventions of OpenTelemetry where there are any. Labels are bounded: subgraphs are those of
//! the configuration, operations those that are stored or named there.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use federation::Kept;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;

use super::exported::Exported;
use super::spending::Spending;
use crate::answers::{AnswerUse, Answers};
use crate::app::Gateway;
use crate::http::readiness;
use crate::layers::AccessNote;
use crate::live::{Live, WeakLive};
use crate::store::Store;

/// The most names of operations that are told apart: a registry can have any number in the course of time.
const MAX_OPERATIONS: usize = 1000;

/// The label of all other names.
const OTHER: &str = "other";

/// The label of requests that run no operation with a name.
const UNNAMED: &str = "";

/// Upper bounds of the classes of durations, in seconds.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Nothing is counted before somebody may read it.
static READ: AtomicBool = AtomicBool::new(false);

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

pub(super) type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

pub(super) struct Metrics {
    registry: Registry,
    requests: Durations<RequestLabels>,
    active: Gauge,
    shed: Counter,
    errors: Family<OperationLabel, Counter>,
    calls: Durations<CallLabels>,
    again: Family<SubgraphLabel, Counter>,
    open: Family<SubgraphLabel, Gauge>,
    shadow: Family<CodeLabel, Counter>,
    pub(super) spending: Spending,
    waiting: Family<SubgraphLabel, Gauge>,
    plans: Family<PlanLabel, Counter>,
    reloads: Family<OutcomeLabel, Counter>,
    polls: Family<OutcomeLabel, Counter>,
    answers: Family<OutcomeLabel, Counter>,
    looked_at: LookedAt,
    operations: RwLock<HashSet<Arc<str>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    graphql_operation_name: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    graphql_operation_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    subgraph_name: String,
    /// `ok`, or the code of the error.
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SubgraphLabel {
    subgraph_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PlanLabel {
    /// `kept` or `made`.
    plan: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabel {
    /// `ok` or `failed`; of answers that are kept, `hit`, `miss` or `passed`.
    outcome: &'static str,
}

/// What is looked at when it is read.
#[derive(Default)]
struct LookedAt {
    generation: Gauge,
    waiting: Gauge,
    subscriptions: Gauge,
    sockets: Gauge,
    redis: Gauge,
    documents: Gauge,
    document_bytes: Gauge,
    plans: Gauge,
    plan_bytes: Gauge,
    answers: Gauge,
    answer_bytes: Gauge,
}

impl LookedAt {
    fn register(&self, registry: &mut Registry) {
        let gauges = [
            ("gateway_generation", "Counts up with every configuration or schema", &self.generation),
            ("gateway_requests_waiting", "Requests of clients that wait for their place", &self.waiting),
            ("gateway_subscriptions_open", "Subscriptions of clients", &self.subscriptions),
            ("gateway_websockets_open", "WebSockets of clients", &self.sockets),
            ("gateway_redis_connected", "1 while Redis answers", &self.redis),
            ("gateway_document_cache_documents", "Documents that are kept", &self.documents),
            ("gateway_document_cache_bytes", "The memory of documents that are kept", &self.document_bytes),
            ("gateway_plan_cache_plans", "Plans that are kept", &self.plans),
            ("gateway_plan_cache_bytes", "The memory of plans that are kept", &self.plan_bytes),
            ("gateway_answer_cache_answers", "Answers that are kept", &self.answers),
            ("gateway_answer_cache_bytes", "The memory of answers that are kept", &self.answer_bytes),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
    }

    fn look_at(&self, gateway: &Gateway) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        let kept: Vec<_> = gateway.views.all().iter().map(|view| view.engine.kept()).collect();
        let sum = |of: fn(&Kept) -> u64| kept.iter().map(of).sum();
        set(&self.generation, gateway.shared.status.told(false).generation);
        set(&self.waiting, gateway.shared.waiting_requests() as u64);
        set(&self.subscriptions, gateway.shared.open_subscriptions() as u64);
        set(&self.sockets, gateway.shared.open_sockets() as u64);
        set(&self.redis, u64::from(gateway.shared.store.get().is_some_and(Store::answers)));
        set(&self.documents, sum(|kept| kept.documents));
        set(&self.document_bytes, sum(|kept| kept.document_bytes));
        set(&self.plans, sum(|kept| kept.plans));
        set(&self.plan_bytes, sum(|kept| kept.plan_bytes));
        let held = gateway.answers.as_ref().map(Answers::held).unwrap_or_default();
        set(&self.answers, held.answers);
        set(&self.answer_bytes, held.bytes);
    }
}

pub(super) fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::new_with_constructor(durations as fn() -> Histogram),
            active: Gauge::default(),
            shed: Counter::default(),
            errors: Family::default(),
            calls: Family::new_with_constructor(durations as fn() -> Histogram),
            again: Family::default(),
            open: Family::default(),
            shadow: Family::default(),
            spending: Spending::default(),
            waiting: Family::default(),
            plans: Family::default(),
            reloads: Family::default(),
            polls: Family::default(),
            answers: Family::default(),
            looked_at: LookedAt::default(),
            operations: RwLock::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let Self { registry, .. } = self;
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
            "gateway_limits_shadow_exceeded",
            "Requests beyond a limit that is not enforced",
            self.shadow.clone(),
        );
        self.spending.register(registry);
        registry.register(
            "subgraph_requests_waiting",
            "Requests to a subgraph that wait for their turn",
            self.waiting.clone(),
        );
        registry.register("gateway_plans", "Operations by where their plan came from", self.plans.clone());
        registry.register(
            "gateway_reloads",
            "Changes of files that were served or refused",
            self.reloads.clone(),
        );
        registry.register(
            "gateway_registry_polls",
            "Looks at the registry of operations",
            self.polls.clone(),
        );
        registry.register(
            "gateway_answer_cache_requests",
            "Requests whose answer may be kept, by whether it was",
            self.answers.clone(),
        );
        self.looked_at.register(registry);
        registry.register_collector(Box::new(Exported));
    }

    /// The label of an operation. Names that are not known come from strangers, who could invent any number.
    fn operation(&self, name: Option<&Arc<str>>, is_known: bool) -> String {
        let Some(name) = name else { return UNNAMED.to_owned() };
        if !is_known {
            return OTHER.to_owned();
        }
        let known = |names: &HashSet<Arc<str>>| names.contains(name);
        if known(&self.operations.read().unwrap_or_else(PoisonError::into_inner)) {
            return name.to_string();
        }
        let mut names = self.operations.write().unwrap_or_else(PoisonError::into_inner);
        if known(&names) || (names.len() < MAX_OPERATIONS && names.insert(name.clone())) {
            return name.to_string();
        }
        OTHER.to_owned()
    }
}

/// The metrics, if anybody reads them.
pub(super) fn metrics() -> Option<&'static Metrics> {
    READ.load(Ordering::Relaxed).then(|| &*METRICS)
}

/// Serves the metrics of a gateway at `/metrics`, and whether it can answer at `/ready`, from now on and as long as it is polled. From now on they are counted.
pub fn serve(listener: TcpListener, live: &Live) -> impl Future<Output = ()> + Send + use<> {
    READ.store(true, Ordering::Relaxed);
    let router =
        Router::new().route("/metrics", get(read)).route("/ready", get(ready)).with_state(live.downgrade());
    async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    }
}

/// As `/ready` of the gateway, with everything that is known.
async fn ready(State(live): State<WeakLive>) -> Response {
    match live.gateway() {
        Some(gateway) => readiness(&gateway, true, true).await,
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn read(State(live): State<WeakLive>) -> impl IntoResponse {
    if let Some(gateway) = live.gateway() {
        METRICS.looked_at.look_at(&gateway);
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = encode(&mut text, &METRICS.registry);
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
}

/// A request in work, until it is dropped.
pub(crate) struct Active(Option<&'static Metrics>);

impl Active {
    pub(crate) fn begin() -> Self {
        let metrics = metrics();
        if let Some(metrics) = metrics {
            metrics.active.inc();
        }
        Self(metrics)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if let Some(metrics) = self.0 {
            metrics.active.dec();
        }
    }
}

/// A client's request is answered.
pub(crate) fn answered(note: &AccessNote, status: u16, took: Duration) {
    let Some(metrics) = metrics() else { return };
    erred(note);
    let name = metrics.operation(note.operation.as_ref(), note.is_known);
    let labels = RequestLabels { graphql_operation_name: name, http_response_status_code: status };
    metrics.requests.get_or_create(&labels).observe(took.as_secs_f64());
}

/// An operation was answered with errors, if it was.
pub(crate) fn erred(note: &AccessNote) {
    let Some(metrics) = metrics().filter(|_| note.errors > 0) else { return };
    let name = metrics.operation(note.operation.as_ref(), note.is_known);
    let label = OperationLabel { graphql_operation_name: name };
    metrics.errors.get_or_create(&label).inc_by(note.errors as u64);
}

/// A client's request is refused for there are too many.
pub(crate) fn shed() {
    if let Some(metrics) = metrics() {
        metrics.shed.inc();
    }
}

/// A request to a subgraph ended.
pub(crate) fn called(subgraph: &str, outcome: &'static str, took: Duration) {
    let Some(metrics) = metrics() else { return };
    let labels = CallLabels { subgraph_name: subgraph.to_owned(), outcome };
    metrics.calls.get_or_create(&labels).observe(took.as_secs_f64());
}

/// A request to a subgraph is sent again.
pub(crate) fn called_again(subgraph: &str) {
    if let Some(metrics) = metrics() {
        metrics.again.get_or_create(&SubgraphLabel { subgraph_name: subgraph.to_owned() }).inc();
    }
}

/// A subgraph's breaker opened or closed.
pub(crate) fn breaker(subgraph: &str, open: bool) {
    if let Some(metrics) = metrics() {
        let label = SubgraphLabel { subgraph_name: subgraph.to_owned() };
        metrics.open.get_or_create(&label).set(i64::from(open));
    }
}

/// A request is beyond a limit that is not enforced.
pub(crate) fn shadow_exceeded(code: &'static str) {
    if let Some(metrics) = metrics() {
        metrics.shadow.get_or_create(&CodeLabel { code }).inc();
    }
}

/// A request to a subgraph that waits for its turn, until it is dropped.
pub(crate) struct Waiting(Option<Gauge>);

impl Waiting {
    pub(crate) fn begin(subgraph: &str) -> Self {
        let label = SubgraphLabel { subgraph_name: subgraph.to_owned() };
        let gauge = metrics().map(|metrics| metrics.waiting.get_or_create(&label).clone());
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

/// An operation has its plan.
pub(crate) fn planned(plan: &'static str) {
    if let Some(metrics) = metrics() {
        metrics.plans.get_or_create(&PlanLabel { plan }).inc();
    }
}

/// A request was looked for among the answers that are kept.
pub(crate) fn looked_for_answer(usage: AnswerUse) {
    if let Some(metrics) = metrics() {
        metrics.answers.get_or_create(&OutcomeLabel { outcome: usage.as_str() }).inc();
    }
}

/// A change of files was served or refused.
pub(crate) fn reloaded(ok: bool) {
    if let Some(metrics) = metrics() {
        metrics.reloads.get_or_create(&OutcomeLabel::of(ok)).inc();
    }
}

/// The registry was looked at.
pub(crate) fn polled(ok: bool) {
    if let Some(metrics) = metrics() {
        metrics.polls.get_or_create(&OutcomeLabel::of(ok)).inc();
    }
}

impl OutcomeLabel {
    pub(super) fn of(ok: bool) -> Self {
        Self { outcome: if ok { "ok" } else { "failed" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_operations_are_bounded() {
        let metrics = Metrics::new();
        let label = |number: usize| metrics.operation(Some(&Arc::from(format!("Operation{number}"))), true);
        for number in 0..MAX_OPERATIONS {
            assert_eq!(label(number), format!("Operation{number}"));
        }
        assert_eq!(label(MAX_OPERATIONS), OTHER);
        assert_eq!(label(0), "Operation0", "who has a label keeps it");
        assert_eq!(metrics.operation(None, false), UNNAMED);
        assert_eq!(
            metrics.operation(Some(&"Operation0".into()), false),
            OTHER,
            "whoever it is from is not known"
        );
    }
}
