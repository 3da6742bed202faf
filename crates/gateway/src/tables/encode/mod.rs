//! Rows as bytes: one encoder for each format.

mod arrow;
mod csv;
mod json;
mod parquet;

use super::batch::Batch;
use super::column::Column;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, with a header.
    Csv,
    /// One array of objects.
    Json,
    /// An object a line (<https://github.com/ndjson/ndjson-spec>).
    NdJson,
    /// The Arrow IPC streaming format.
    Arrow,
    Parquet,
}

impl Format {
    /// In the order they are shown.
    pub(crate) const ALL: [Self; 5] = [Self::Csv, Self::Parquet, Self::Arrow, Self::NdJson, Self::Json];

    /// The ending of the path.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::NdJson => "ndjson",
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
        }
    }

    pub(crate) fn of_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }

    /// The media type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json; charset=utf-8",
            Self::NdJson => "application/x-ndjson",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// An encoder for columns.
    pub(super) fn encoder(self, columns: &[Column]) -> Result<Box<dyn Encoder>, EncodeError> {
        Ok(match self {
            Self::Csv => Box::new(csv::Csv::new(columns)),
            Self::Json => Box::new(json::Json::array(columns)),
            Self::NdJson => Box::new(json::Json::lines(columns)),
            Self::Arrow => Box::new(arrow::Arrow::new(columns)?),
            Self::Parquet => Box::new(parquet::Parquet::new(columns)?),
        })
    }
}

/// Writes a table piece by piece. What is not [finished](Encoder::finish) is visibly cut off in all formats but CSV and
/// NDJSON, for which the transfer is broken off.
pub(super) trait Encoder: Send {
    /// Bytes for a batch, with what comes before the first one.
    fn rows(&mut self, batch: &Batch) -> Result<Vec<u8>, EncodeError>;

    /// Bytes after the last batch.
    fn finish(&mut self) -> Result<Vec<u8>, EncodeError>;
}

/// A fault of an encoder.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct EncodeError(String);

impl EncodeError {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}
