//! Log lines: text for people on a terminal, JSON for machines elsewhere.

use std::io::IsTerminal;

use traces::{Exporting, InitError, Reader};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::{EnvFilter, fmt};

use super::json::Json;
use super::lines::Lines;
use super::spans;
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
    /// There is no thread to write lines.
    #[error("log lines cannot be written: {0}")]
    Lines(#[from] std::io::Error),
}

/// Starts to write logs to the standard error stream, and to export spans if that is wanted. `colours` are used in text
/// only. At the end of the process, [`flush`](super::flush) writes the last lines.
///
/// # Errors
/// When the filter is not understood, logs are already set up or cannot be written, or spans cannot be exported.
pub fn init(config: &TelemetryConfig, colours: bool) -> Result<Option<Exporting>, TelemetryError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let settings = config.otlp.as_ref().and_then(OtlpConfig::settings);
    let lines = lines(config, colours)?;
    Ok(traces::init(lines, filter, settings.as_ref())?)
}

fn lines(config: &TelemetryConfig, colours: bool) -> std::io::Result<Reader> {
    let text = match config.log_format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    Ok(if text {
        // Whoever reads them wants to see them at once.
        Box::new(fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_target(false))
    } else {
        // A filter may name spans and their fields, in brackets.
        if !config.log_filter.contains('[') {
            spans::lines_know_requests();
        }
        Box::new(fmt::layer().event_format(Json).fmt_fields(Json).with_writer(Lines::of_process()?))
    })
}
