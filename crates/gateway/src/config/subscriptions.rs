//! How clients follow events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::{ByteSize, Time};

/// Subscriptions: bounds that hold over every way of delivery, and those of WebSockets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionsConfig {
    /// The most subscriptions served at once; a further one is refused.
    pub max_open: usize,
    /// How often a quiet client is sent a sign of life: a comment, an empty part or a WebSocket ping.
    pub heartbeat: Time,
    /// The longest a client may take to receive one event. A slower one is cut off, so that events never pile up.
    pub send_timeout: Time,
    /// The longest an event may wait for the budget of its client to come back. If that takes longer, the subscription ends
    /// with `BUDGET_EXCEEDED`.
    pub budget_wait: Time,
    /// WebSockets with the protocol `graphql-transport-ws`.
    pub websocket: WebSocketConfig,
}

/// WebSockets of clients.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebSocketConfig {
    /// The longest a client may take to send `connection_init`.
    pub connection_init_timeout: Time,
    /// The most operations of one connection at a time.
    pub max_operations: usize,
    /// The largest message of a client.
    pub max_message_size: ByteSize,
}

impl Default for SubscriptionsConfig {
    fn default() -> Self {
        Self {
            max_open: 10_000,
            heartbeat: Time::seconds(15),
            send_timeout: Time::seconds(30),
            budget_wait: Time::seconds(30),
            websocket: WebSocketConfig::default(),
        }
    }
}

impl Default for WebSocketConfig {
    fn default() -> Self {
        Self {
            connection_init_timeout: Time::seconds(10),
            max_operations: 100,
            max_message_size: ByteSize::mebibytes(1),
        }
    }
}

impl SubscriptionsConfig {
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        if self.max_open == 0 {
            problems.push(Problem::of_key("subscriptions.max_open", "must be 1 or more"));
        }
        if self.websocket.max_operations == 0 {
            problems.push(Problem::of_key("subscriptions.websocket.max_operations", "must be 1 or more"));
        }
    }
}
