//! How operations are split among subgraphs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Planning.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanningConfig {
    /// Labels of progressive overrides (`@override(label:)`) that are set for every request. Labels of the form
    /// `percent(n)` need no entry: they are set for n percent of callers, always the same ones, and of requests
    /// without a caller.
    pub override_labels: Vec<String>,
    /// Whether different lookups of entities that start together at one subgraph are sent as one request. That
    /// saves requests, and makes each wait for the slowest of them.
    pub batch_entities: bool,
}
