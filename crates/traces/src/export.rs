//! Ended spans on their way to a collector: in batches, from a bounded queue that no request waits for.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};
use tokio::runtime::Handle;
use tonic::transport::ClientTlsConfig;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

use crate::count::{self, Counted, Waiting};
use crate::settings::{Protocol, Settings};
use crate::span;

/// Where collectors take traces over HTTP.
const TRACES: &str = "/v1/traces";

/// How many spans are sent at once.
const MAX_BATCH: usize = 512;

/// How long a span waits for others at most.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// How long the end of a process waits for the last spans, or metrics, to be taken.
pub(crate) const AT_THE_END: Duration = Duration::from_secs(5);

/// The crates whose spans are exported.
const OURS: [&str; 4] = ["gateway", "federation", "franchise", "subgraph"];

/// Why nothing can be sent to a collector.
#[derive(Debug, thiserror::Error)]
#[error("nothing can be sent to {endpoint}: {reason}")]
pub struct ExportError {
    endpoint: String,
    reason: String,
}

impl ExportError {
    pub(crate) fn new(settings: &Settings, reason: String) -> Self {
        Self { endpoint: settings.endpoint.to_string(), reason }
    }
}

/// The way to the collector.
pub struct Exporting(SdkTracerProvider);

impl Exporting {
    /// Sends what waits, as far as the collector takes it within a few seconds. No span is exported after.
    pub async fn finish(self) {
        // The exporter's thread waits for tasks of this runtime.
        let finishing = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(AT_THE_END));
        if let Ok(Err(error)) = finishing.await {
            tracing::debug!(%error, "the last spans may be lost");
        }
    }
}

/// What is told of spans and log lines.
pub type Reader = Box<dyn Layer<Registry> + Send + Sync>;

/// A layer that records spans of the gateway and of services and exports them. From now on, requests carry the context
/// of its spans.
///
/// # Errors
/// When there can be no client for the collector. Whether it answers is not looked at.
pub(crate) fn layer(settings: &Settings) -> Result<(Reader, Exporting), ExportError> {
    let endpoint = settings.endpoint.to_string();
    let exporter = exporter(settings).map_err(|reason| ExportError::new(settings, reason))?;
    let waiting = Waiting::default();
    let exporter = Reporting {
        exporter: Arc::new(exporter),
        runtime: Handle::current(),
        timeout: settings.timeout,
        endpoint,
        failing: AtomicBool::new(false),
        waiting: waiting.clone(),
    };
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(settings.max_queued)
        .with_max_export_batch_size(MAX_BATCH.min(settings.max_queued))
        .with_scheduled_delay(MAX_WAIT)
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(Counted {
            processor: BatchSpanProcessor::builder(exporter).with_batch_config(batches).build(),
            waiting,
            most: settings.max_queued,
        })
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.ratio))))
        .with_resource(resource(settings))
        .build();
    let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
    span::turn_on(tracer.clone());
    // Log lines stay out of spans: they may say what is for the log only.
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(is_exported));
    Ok((Box::new(layer), Exporting(provider)))
}

/// What is told of the process itself.
pub(crate) fn resource(settings: &Settings) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    Resource::builder().with_service_name(settings.service.clone()).with_attribute(version).build()
}

fn is_exported(metadata: &Metadata<'_>) -> bool {
    let ours = || metadata.target().split("::").next().is_some_and(|name| OURS.contains(&name));
    metadata.is_span() && *metadata.level() <= Level::INFO && ours()
}

fn exporter(settings: &Settings) -> Result<opentelemetry_otlp::SpanExporter, String> {
    let builder = opentelemetry_otlp::SpanExporter::builder();
    let built = match settings.protocol {
        Protocol::Grpc => {
            let headers = settings.headers.iter().cloned().collect();
            let builder = builder
                .with_tonic()
                .with_protocol(opentelemetry_otlp::Protocol::Grpc)
                .with_endpoint(settings.endpoint.to_string())
                .with_timeout(settings.timeout)
                .with_metadata(MetadataMap::from_headers(headers));
            if settings.endpoint.scheme_str() == Some("https") {
                builder.with_tls_config(ClientTlsConfig::new().with_webpki_roots()).build()
            } else {
                builder.build()
            }
        }
        Protocol::Http => builder
            .with_http()
            .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
            .with_endpoint(at(settings, TRACES))
            .with_timeout(settings.timeout)
            .with_headers(texts(settings)?)
            .with_http_client(HyperClient::new(connector()?, settings.timeout, None))
            .build(),
    };
    built.map_err(|error| error.to_string())
}

/// Where a collector takes something over HTTP. Its address may be the one for traces.
pub(crate) fn at(settings: &Settings, path: &str) -> String {
    let endpoint = settings.endpoint.to_string();
    let base = endpoint.trim_end_matches('/');
    format!("{}{path}", base.strip_suffix(TRACES).unwrap_or(base))
}

fn texts(settings: &Settings) -> Result<HashMap<String, String>, String> {
    let text = |(name, value): &(http::HeaderName, http::HeaderValue)| {
        let value = value.to_str().map_err(|_| format!("the header `{name}` is not plain text"))?;
        Ok((name.to_string(), value.to_owned()))
    };
    settings.headers.iter().map(text).collect()
}

pub(crate) fn connector() -> Result<HttpsConnector<HttpConnector>, String> {
    let builder = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider());
    Ok(builder.map_err(|error| error.to_string())?.https_or_http().enable_http1().build())
}

fn provider() -> rustls::crypto::CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// An exporter that runs where its client can, and says when a collector goes away and when it is back: one line each.
struct Reporting {
    exporter: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
    timeout: Duration,
    endpoint: String,
    failing: AtomicBool,
    waiting: Waiting,
}

impl fmt::Debug for Reporting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporting").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl SpanExporter for Reporting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let (exporter, timeout, spans) = (self.exporter.clone(), self.timeout, batch.len());
        self.waiting.leave(spans);
        let exporting = self.runtime.spawn(async move {
            let exporting = tokio::time::timeout(timeout, exporter.export(batch));
            exporting.await.unwrap_or(Err(OTelSdkError::Timeout(timeout)))
        });
        let outcome = match exporting.await {
            Ok(outcome) => outcome,
            Err(error) => Err(OTelSdkError::InternalFailure(error.to_string())),
        };
        count::sent(spans, outcome.is_ok());
        self.report(&outcome);
        outcome
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}

impl Reporting {
    fn report(&self, outcome: &OTelSdkResult) {
        let was_failing = self.failing.swap(outcome.is_err(), Ordering::Relaxed);
        let endpoint = &self.endpoint;
        match outcome {
            Err(error) if !was_failing => {
                tracing::warn!(endpoint, %error, "the collector takes no spans; they are dropped until it does");
            }
            Ok(()) if was_failing => tracing::info!(endpoint, "the collector takes spans again"),
            _ => {}
        }
    }
}
