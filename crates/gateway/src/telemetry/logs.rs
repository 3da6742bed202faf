//! Log lines: text for people on a terminal, JSON for machines elsewhere.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{LogFormat, TelemetryConfig};

/// Why logs cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not understood.
    #[error(
        "`telemetry.log_filter` is not understood ({0}); write a level such as `info`, or `info,gateway=debug`"
    )]
    Filter(#[from] ParseError),
    /// Something else already writes logs.
    #[error("logs are already set up: {0}")]
    AlreadySet(#[from] TryInitError),
}

/// Starts to write logs to the standard error stream. `colours` are used in text only.
///
/// # Errors
/// When the filter is not understood or logs are already set up.
pub fn init(config: &TelemetryConfig, colours: bool) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let text = match config.log_format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    if text {
        builder.with_ansi(colours).with_target(false).finish().try_init()?;
    } else {
        builder.json().flatten_event(true).with_span_list(false).finish().try_init()?;
    }
    Ok(())
}
