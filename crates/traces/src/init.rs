//! Log lines and spans of a process, from the same calls: what is in the log has no say in what is exported.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::export::{self, ExportError, Exporting, Reader};
use crate::settings::Settings;

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The process writes logs already.
    #[error("logs are already set up: {0}")]
    AlreadySet(#[from] TryInitError),
    /// Spans cannot be exported.
    #[error("{0}")]
    Export(#[from] ExportError),
}

/// Starts to write the lines that pass the filter, and to export spans if there are settings for that: until the process
/// ends or what is returned is finished.
///
/// # Errors
/// When logs are set up already or spans cannot be exported.
pub fn init(
    lines: Reader,
    filter: EnvFilter,
    settings: Option<&Settings>,
) -> Result<Option<Exporting>, InitError> {
    let Some(settings) = settings else {
        // One filter for everything costs less than one for each reader.
        Registry::default().with(lines).with(filter).try_init()?;
        return Ok(None);
    };
    let (spans, exporting) = export::layer(settings)?;
    Registry::default().with(vec![spans, lines.with_filter(filter).boxed()]).try_init()?;
    Ok(Some(exporting))
}
