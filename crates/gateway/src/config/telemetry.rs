//! Logs, metrics and traces.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::otlp::OtlpConfig;
use super::problem::Problem;

/// What the gateway says of itself.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Where Prometheus reads metrics, at `/metrics`: an address of its own, so that clients do not reach it. Without one,
    /// nothing is counted.
    pub metrics_listen: Option<SocketAddr>,
    /// Where spans go. Without it, none are recorded.
    pub otlp: Option<OtlpConfig>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are written: `info`, or by module, `info,gateway=debug`.
    pub log_filter: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { metrics_listen: None, otlp: None, log_format: LogFormat::Auto, log_filter: "info".to_owned() }
    }
}

impl TelemetryConfig {
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        if let Some(otlp) = &self.otlp {
            otlp.check(problems);
        }
    }
}
