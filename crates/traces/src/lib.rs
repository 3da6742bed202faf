//! Traces: spans exported by OTLP, and the context that joins those of one request across processes
//! (<https://www.w3.org/TR/trace-context/>). Metrics take the same way.
//!
//! The gateway and the services use it alike. Nothing is recorded before [`init`] was given settings: until then every function
//! here is one load of a flag.

mod count;
mod export;
mod init;
mod metrics;
mod settings;
mod span;
mod statement;
#[cfg(feature = "test-util")]
pub mod testing;

pub use count::{Counts, counts};
pub use export::{ExportError, Exporting, Reader};
pub use init::{InitError, init};
pub use metrics::Sending;
pub use opentelemetry::trace::SpanContext;
pub use settings::{Protocol, Settings};
pub use span::{begin, context, fail, follow, inject, is_on, set};
pub use statement::statement;
