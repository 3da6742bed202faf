//! What the gateway says of itself: logs, metrics, spans, and the trace a request belongs to.

mod logs;
pub(crate) mod metrics;
pub(crate) mod spans;
mod trace_context;

pub use self::logs::{TelemetryError, init};
pub use self::trace_context::TraceContext;
