//! Metrics on their way to a collector, from time to time.

mod headers;
mod openmetrics;
mod otlp;
mod send;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_sdk::Resource as Described;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::send::Sender;
use crate::export::{AT_THE_END, ExportError, resource};
use crate::settings::Settings;

/// Metrics that are sent until this is dropped or finished.
pub struct Sending {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Sending {
    /// Sends metrics every `period`, as they are read then: the OpenMetrics text of a registry. The collector is that of
    /// the spans.
    ///
    /// # Errors
    /// When there can be no client for the collector. Whether it answers is not looked at.
    pub fn begin(
        settings: &Settings,
        period: Duration,
        read: impl Fn() -> String + Send + 'static,
    ) -> Result<Self, ExportError> {
        let sender = Sender::new(settings).map_err(|reason| ExportError::new(settings, reason))?;
        let report = Report { sender, described: resource(settings), since: now(), failing: false };
        let (stop, stopping) = oneshot::channel();
        let task = tokio::spawn(report.send_regularly(period, read, stopping));
        Ok(Self { stop, task })
    }

    /// Sends once more, as far as the collector takes it within a few seconds, and ends.
    pub async fn finish(self) {
        let Self { stop, task } = self;
        let _ = stop.send(());
        if timeout(AT_THE_END, task).await.is_err() {
            tracing::debug!("the last metrics may be lost");
        }
    }
}

/// What is told, and how that went.
struct Report {
    sender: Sender,
    described: Described,
    /// When counting began.
    since: u64,
    failing: bool,
}

impl Report {
    async fn send_regularly(
        mut self,
        period: Duration,
        read: impl Fn() -> String,
        mut stopping: oneshot::Receiver<()>,
    ) {
        let mut times = interval(period);
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first comes at once.
        times.tick().await;
        loop {
            let stops = tokio::select! {
                _ = times.tick() => false,
                _ = &mut stopping => true,
            };
            self.send(&read()).await;
            if stops {
                return;
            }
        }
    }

    async fn send(&mut self, text: &str) {
        let outcome = self.sender.send(self.request(text)).await;
        let endpoint = &self.sender.endpoint;
        match &outcome {
            Err(error) if !self.failing => {
                tracing::warn!(
                    endpoint,
                    error,
                    "the collector takes no metrics; they are sent again when due"
                );
            }
            Ok(()) if self.failing => tracing::info!(endpoint, "the collector takes metrics again"),
            _ => {}
        }
        self.failing = outcome.is_err();
    }

    fn request(&self, text: &str) -> ExportMetricsServiceRequest {
        let span = otlp::Span { start: self.since, end: now() };
        let metrics =
            openmetrics::read(text).iter().filter_map(|family| otlp::metric(family, span)).collect();
        let described =
            self.described.iter().map(|(name, value)| otlp::described(name.as_str(), value.clone()));
        let scope = InstrumentationScope { name: env!("CARGO_PKG_NAME").to_owned(), ..Default::default() };
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(Resource { attributes: described.collect(), ..Resource::default() }),
                scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }],
                ..ResourceMetrics::default()
            }],
        }
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
