//! CSV (RFC 4180): a header, `,` between cells, `"` where needed, CRLF. Null is an empty cell.

use csv::{ByteRecord, Terminator, Writer, WriterBuilder};

use super::{Batch, Column, EncodeError, Encoder};
use crate::tables::batch::{Cells, date_text, timestamp_text};
use crate::tables::column::ColumnType;

pub(super) struct Csv {
    columns: Vec<(String, ColumnType)>,
    header: bool,
}

impl Csv {
    pub(super) fn new(columns: &[Column]) -> Self {
        let columns = columns.iter().map(|column| (column.name.clone(), column.ty.clone())).collect();
        Self { columns, header: true }
    }

    fn write(&mut self, batch: Option<&Batch>) -> Result<Vec<u8>, EncodeError> {
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
        if std::mem::take(&mut self.header) {
            let names = self.columns.iter().map(|(name, _)| name);
            writer.write_record(names).map_err(EncodeError::new)?;
        }
        if let Some(batch) = batch {
            self.batch(batch, &mut writer)?;
        }
        writer.into_inner().map_err(EncodeError::new)
    }

    fn batch(&self, batch: &Batch, writer: &mut Writer<Vec<u8>>) -> Result<(), EncodeError> {
        let mut record = ByteRecord::new();
        for row in 0..batch.rows {
            record.clear();
            for (cells, (_, ty)) in batch.columns.iter().zip(&self.columns) {
                record.push_field(cell(cells, ty, row).unwrap_or_default().as_bytes());
            }
            writer.write_byte_record(&record).map_err(EncodeError::new)?;
        }
        Ok(())
    }
}

impl Encoder for Csv {
    fn rows(&mut self, batch: &Batch) -> Result<Vec<u8>, EncodeError> {
        self.write(Some(batch))
    }

    fn finish(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.write(None)
    }
}

fn cell(cells: &Cells, ty: &ColumnType, row: usize) -> Option<String> {
    match (cells, ty) {
        (Cells::Boolean(cells), _) => cells[row].map(|value| value.to_string()),
        (Cells::Int(cells), _) => cells[row].map(|value| value.to_string()),
        (Cells::Long(cells), _) => cells[row].map(|value| value.to_string()),
        (Cells::Float(cells), _) => cells[row].map(|value| value.to_string()),
        (Cells::Enum(cells), ColumnType::Enum(values)) => {
            let place = usize::try_from(cells[row]?).ok()?;
            values.get(place).map(ToString::to_string)
        }
        (Cells::Enum(_), _) => None,
        (Cells::Date(cells), _) => cells[row].map(date_text),
        (Cells::Timestamp(cells), _) => cells[row].map(timestamp_text),
        (Cells::Text(cells) | Cells::Json(cells), _) => cells[row].clone(),
    }
}
