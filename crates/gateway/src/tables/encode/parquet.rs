//! Parquet: row groups of bounded size, compressed with zstd. Without its footer a file is unreadable.

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::arrow::Batches;
use super::{Batch, Column, EncodeError, Encoder};

/// The most rows and bytes of a row group, which is held in memory until it is complete.
const GROUP_ROWS: usize = 64 * 1024;
const GROUP_BYTES: usize = 8 * 1024 * 1024;

pub(super) struct Parquet {
    batches: Batches,
    writer: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    pub(super) fn new(columns: &[Column]) -> Result<Self, EncodeError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .build();
        let batches = Batches::new(columns);
        let writer = ArrowWriter::try_new(Vec::new(), batches.schema.clone(), Some(properties))
            .map_err(EncodeError::new)?;
        Ok(Self { batches, writer })
    }
}

impl Encoder for Parquet {
    fn rows(&mut self, batch: &Batch) -> Result<Vec<u8>, EncodeError> {
        self.writer.write(&self.batches.record(batch)?).map_err(EncodeError::new)?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    fn finish(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.writer.finish().map_err(EncodeError::new)?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}
