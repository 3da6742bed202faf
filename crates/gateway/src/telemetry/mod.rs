//! What the gateway says of itself: logs, metrics, spans, and the trace a request belongs to.

mod account;
mod exported;
mod json;
mod lines;
mod logs;
pub(crate) mod metrics;
pub(crate) mod slow;
pub(crate) mod spans;
pub(crate) mod spending;
mod trace_context;

pub(crate) use self::account::{Account, Here, Identity, PlanSource};
pub use self::lines::flush;
pub use self::logs::{TelemetryError, init};
pub use self::metrics::{CallMeter, OK, send as send_metrics, serve as serve_metrics};
pub use self::trace_context::TraceContext;
