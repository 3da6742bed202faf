//! How changes of files are taken up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// Taking up changes of the configuration, the schema, keys and stored operations without a restart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReloadConfig {
    /// Whether files are looked at for changes. SIGHUP has them read in any case.
    pub watch: bool,
    /// How often they are looked at. A change is taken up when two looks in a row find the same.
    pub interval: Time,
    /// How often services that tell their own schema (`subgraph_url` in the list of subgraphs) are asked whether it is another one, a
    /// tenth sooner or later. Without it they are asked when the list changes and at SIGHUP. While a service is replaced, the
    /// old and the new one may answer in turn, each with its schema.
    pub poll_services: Option<Time>,
    /// The most plans that are made for a new schema before it takes over: those used most, then stored operations.
    pub prepare_plans: usize,
    /// The longest that making plans may take; the others are made when they are asked for.
    pub prepare_timeout: Time,
    /// Within which time subscriptions and WebSockets end after a new configuration or schema took over, evenly
    /// spread. Their clients subscribe again.
    pub end_subscriptions_within: Time,
}

impl Default for ReloadConfig {
    fn default() -> Self {
        Self {
            watch: true,
            interval: Time::seconds(1),
            poll_services: None,
            prepare_plans: 500,
            prepare_timeout: Time::seconds(10),
            end_subscriptions_within: Time::seconds(30),
        }
    }
}
