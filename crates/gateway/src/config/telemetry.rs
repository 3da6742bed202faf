//! Logs, metrics and traces.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::otlp::OtlpConfig;
use super::problem::Problem;
use super::units::Time;

/// The most operations that can be named for labels.
const MAX_LABELS: usize = 200;

/// What the gateway says of itself.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Where Prometheus reads metrics, at `/metrics`: an address of its own, so that clients do not reach it. Without one,
    /// nothing is counted.
    pub metrics_listen: Option<SocketAddr>,
    /// Names of operations that have labels of their own in metrics, besides those that are stored. All others are `other`, as
    /// clients could invent any number of names.
    pub operation_labels: BTreeSet<String>,
    /// Where spans go. Without it, none are recorded.
    pub otlp: Option<OtlpConfig>,
    /// Which operations are told in the log with their plan. Without it, none are.
    pub slow_operations: Option<SlowOperationsConfig>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are written: `info`, or by module, `info,gateway=debug`.
    pub log_filter: String,
}

/// Operations that take long.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowOperationsConfig {
    /// How long is too long, from the request's document to the last byte of its answer.
    pub threshold: Time,
    /// The most lines in a minute; how many more there were is in the next line.
    #[serde(default = "default_pace")]
    pub max_per_minute: u32,
}

const fn default_pace() -> u32 {
    60
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
        Self {
            metrics_listen: None,
            operation_labels: BTreeSet::new(),
            otlp: None,
            slow_operations: None,
            log_format: LogFormat::Auto,
            log_filter: "info".to_owned(),
        }
    }
}

impl TelemetryConfig {
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        if let Some(otlp) = &self.otlp {
            otlp.check(problems);
        }
        if self.operation_labels.len() > MAX_LABELS {
            let message = format!("names {} operations, at most {MAX_LABELS}", self.operation_labels.len());
            problems.push(Problem::of_key("telemetry.operation_labels", message));
        }
        if self.slow_operations.as_ref().is_some_and(|slow| slow.max_per_minute == 0) {
            let key = "telemetry.slow_operations.max_per_minute";
            problems.push(Problem::of_key(key, "must be 1 or more"));
        }
    }
}
