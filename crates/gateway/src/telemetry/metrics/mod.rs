//! Metrics of this process, in the text format that Prometheus reads.
//!
//! Names follow the semantic conventions of OpenTelemetry where there are any. Labels are bounded, and what is counted with
//! every request is found without making a label of it.

mod calls;
mod looked_at;
mod requests;

use std::future::Future;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use traces::{ExportError, Sending, Settings};

use self::calls::Calls;
pub use self::calls::{CallMeter, OK};
pub(crate) use self::calls::{Waiting, breaker, called_again};
use self::looked_at::LookedAt;
use self::requests::Requests;
pub(crate) use self::requests::{Active, answered, erred, shed};
use super::exported::Exported;
use super::spending::Spending;
use crate::answers::AnswerUse;
use crate::http::readiness;
use crate::live::{Live, WeakLive};

/// Upper bounds of the classes of durations, in seconds.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Nothing is counted before somebody may read it.
static READ: AtomicBool = AtomicBool::new(false);

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

pub(super) type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Default)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Requests,
    calls: Calls,
    shadow: Family<CodeLabel, Counter>,
    pub(super) spending: Spending,
    plans: Family<PlanLabel, Counter>,
    reloads: Family<OutcomeLabel, Counter>,
    polls: Family<OutcomeLabel, Counter>,
    answers: Family<OutcomeLabel, Counter>,
    looked_at: LookedAt,
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

pub(super) fn durations() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    fn new() -> Self {
        let mut metrics = Self::default();
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let Self { registry, .. } = self;
        self.requests.register(registry);
        self.calls.register(registry);
        registry.register(
            "gateway_limits_shadow_exceeded",
            "Requests beyond a limit that is not enforced",
            self.shadow.clone(),
        );
        self.spending.register(registry);
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
}

/// The metrics, if anybody reads them.
pub(super) fn metrics() -> Option<&'static Metrics> {
    READ.load(Ordering::Relaxed).then(|| &*METRICS)
}

/// Serves the metrics of a gateway at `/metrics`, and whether it can answer at `/ready`, from now on and as long as it is
/// polled. From now on they are counted.
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

/// Sends the metrics of a gateway to a collector every `period`, until what is returned is finished. From now on they are
/// counted.
///
/// # Errors
/// When there can be no client for the collector.
pub fn send(settings: &Settings, period: Duration, live: &Live) -> Result<Sending, ExportError> {
    let live = live.downgrade();
    let sending = Sending::begin(settings, period, move || text(&live))?;
    READ.store(true, Ordering::Relaxed);
    Ok(sending)
}

/// As `/ready` of the gateway, with everything that is known.
async fn ready(State(live): State<WeakLive>) -> Response {
    match live.gateway() {
        Some(gateway) => readiness(&gateway, true, true).await,
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn read(State(live): State<WeakLive>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text(&live))
}

fn text(live: &WeakLive) -> String {
    if let Some(gateway) = live.gateway() {
        METRICS.looked_at.look_at(&gateway);
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = encode(&mut text, &METRICS.registry);
    text
}

/// A request is beyond a limit that is not enforced.
pub(crate) fn shadow_exceeded(code: &'static str) {
    if let Some(metrics) = metrics() {
        metrics.shadow.get_or_create(&CodeLabel { code }).inc();
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
