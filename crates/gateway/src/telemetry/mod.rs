//! What the gateway says of itself: logs, and the trace a request belongs to.

mod logs;
mod trace_context;

pub use self::logs::{LogError, init};
pub use self::trace_context::TraceContext;
