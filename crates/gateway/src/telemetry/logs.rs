//! Log lines: text for people on a terminal, JSON for machines elsewhere.

use std::io::IsTerminal;

use traces::{Exporting, InitError, Reader};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, OtlpConfig, TelemetryConfig};

/// Why logs cannot be written, or spans exported.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not understood.
    #[error(
        "`telemetry.log_filter` is not understood ({0}); write a level such as `info`, or `info,gateway=debug`"
    )]
    Filter(#[from] ParseError),
    /// Logs are set up already, or spans cannot be exported.
    #[error("{0}")]
    Init(#[from] InitError),
}

/// Starts to write logs to the standard error stream, and to export spans if that is wanted. `colours` are used in text
/// only.
///
/// # Errors
/// When the filter is not understood, logs are already set up, or spans cannot be exported.
pub fn init(config: &TelemetryConfig, colours: bool) -> Result<Option<Exporting>, TelemetryError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let settings = config.otlp.as_ref().and_then(OtlpConfig::settings);
    Ok(traces::init(lines(config.log_format, colours), filter, settings.as_ref())?)
}

fn lines(format: LogFormat, colours: bool) -> Reader {
    let text = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let layer = fmt::layer().with_writer(std::io::stderr);
    if text {
        Box::new(layer.with_ansi(colours).with_target(false))
    } else {
        Box::new(layer.json().flatten_event(true).with_span_list(false))
    }
}
