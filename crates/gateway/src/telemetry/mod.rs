//! What the gateway says of itself: logs, metrics, and the trace a request belongs to.

mod logs;
pub(crate) mod metrics;
mod trace_context;

pub use self::logs::{LogError, init};
pub use self::trace_context::TraceContext;
