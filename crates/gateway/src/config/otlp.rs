//! Where spans and metrics go.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::{Secret, Time};

/// Spans, and metrics, for a collector that understands OTLP.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtlpConfig {
    /// The collector: a URL such as `http://127.0.0.1:4317`. Over HTTP, `/v1/traces` and `/v1/metrics` are added.
    pub endpoint: String,
    /// What it speaks there.
    #[serde(default)]
    pub protocol: OtlpProtocol,
    /// Headers that it wants, such as a key; their values are secrets, to be taken from the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// How long it may take for one batch of spans, or for all metrics. Requests do not wait for it.
    #[serde(default = "default_timeout")]
    pub timeout: Time,
    /// How many spans wait for it at most, when it is slow or away; those that come after are dropped.
    #[serde(default = "default_queue")]
    pub max_queued_spans: usize,
    /// How many of the traces that begin here are recorded, from 0 to 1. Of a trace that a client began, the client
    /// decided.
    #[serde(default = "default_ratio")]
    pub sample_ratio: f64,
    /// How often metrics are sent, such as `60s`; without it they are not.
    #[serde(default)]
    pub metrics_interval: Option<Time>,
    /// The name of this service in traces and metrics.
    #[serde(default = "default_service")]
    pub service_name: String,
}

/// What a collector speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OtlpProtocol {
    /// gRPC, usually on port 4317.
    #[default]
    Grpc,
    /// Protocol Buffers over HTTP, usually on port 4318.
    Http,
}

const fn default_timeout() -> Time {
    Time::seconds(10)
}

const fn default_queue() -> usize {
    2048
}

const fn default_ratio() -> f64 {
    1.0
}

fn default_service() -> String {
    "gateway".to_owned()
}

impl OtlpConfig {
    /// The usual settings for a collector.
    #[must_use]
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            protocol: OtlpProtocol::default(),
            headers: BTreeMap::new(),
            timeout: default_timeout(),
            max_queued_spans: default_queue(),
            sample_ratio: default_ratio(),
            metrics_interval: None,
            service_name: default_service(),
        }
    }

    /// What the exporter is told; `None` if [`Self::check`] finds something.
    pub(crate) fn settings(&self) -> Option<traces::Settings> {
        let header = |(name, value): (&String, &Secret)| {
            let mut value = HeaderValue::from_str(value.reveal()).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::try_from(name).ok()?, value))
        };
        Some(traces::Settings {
            protocol: match self.protocol {
                OtlpProtocol::Grpc => traces::Protocol::Grpc,
                OtlpProtocol::Http => traces::Protocol::Http,
            },
            headers: self.headers.iter().map(header).collect::<Option<_>>()?,
            timeout: self.timeout.0,
            max_queued: self.max_queued_spans,
            ratio: self.sample_ratio,
            ..traces::Settings::new(traces::Settings::endpoint(&self.endpoint).ok()?, &self.service_name)
        })
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let mut problem = |key: &str, message: String| {
            problems.push(Problem::of_key(format!("telemetry.otlp.{key}"), message));
        };
        if let Err(message) = traces::Settings::endpoint(&self.endpoint) {
            problem("endpoint", message);
        }
        for (name, value) in &self.headers {
            if HeaderName::try_from(name).is_err() {
                problem(&format!("headers.{name}"), "is not a header name".to_owned());
            } else if HeaderValue::from_str(value.reveal()).map_or(true, |value| value.to_str().is_err()) {
                problem(&format!("headers.{name}"), "the value cannot be sent in a header".to_owned());
            }
        }
        if !(1..=1_000_000).contains(&self.max_queued_spans) {
            problem("max_queued_spans", "must be from 1 to 1000000".to_owned());
        }
        if self.metrics_interval.is_some_and(|interval| interval.0 < Duration::from_secs(1)) {
            problem("metrics_interval", "must be at least 1s".to_owned());
        }
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            problem("sample_ratio", "must be from 0 to 1".to_owned());
        }
    }
}
