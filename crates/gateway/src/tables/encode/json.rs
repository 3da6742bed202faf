//! JSON: one array of objects, or an object a line.

use serde_json::Value;

use super::{Batch, Column, EncodeError, Encoder};
use crate::tables::batch::{Cells, date_text, timestamp_text};
use crate::tables::column::ColumnType;

pub(super) struct Json {
    /// `"name":` and the type.
    columns: Vec<(String, ColumnType)>,
    array: bool,
    rows: bool,
}

impl Json {
    pub(super) fn array(columns: &[Column]) -> Self {
        Self::new(columns, true)
    }

    pub(super) fn lines(columns: &[Column]) -> Self {
        Self::new(columns, false)
    }

    fn new(columns: &[Column], array: bool) -> Self {
        let key = |column: &Column| (format!("{}:", Value::from(column.name.as_str())), column.ty.clone());
        Self { columns: columns.iter().map(key).collect(), array, rows: false }
    }
}

impl Encoder for Json {
    fn rows(&mut self, batch: &Batch) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        for row in 0..batch.rows {
            if self.array {
                bytes.extend_from_slice(if self.rows { b",\n" } else { b"[\n" });
            }
            self.rows = true;
            bytes.push(b'{');
            for (index, (cells, (key, ty))) in batch.columns.iter().zip(&self.columns).enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                bytes.extend_from_slice(key.as_bytes());
                cell(cells, ty, row, &mut bytes)?;
            }
            bytes.push(b'}');
            if !self.array {
                bytes.push(b'\n');
            }
        }
        Ok(bytes)
    }

    fn finish(&mut self) -> Result<Vec<u8>, EncodeError> {
        Ok(match (self.array, self.rows) {
            (true, true) => b"\n]\n".to_vec(),
            (true, false) => b"[]\n".to_vec(),
            (false, _) => Vec::new(),
        })
    }
}

fn cell(cells: &Cells, ty: &ColumnType, row: usize, bytes: &mut Vec<u8>) -> Result<(), EncodeError> {
    let written = match (cells, ty) {
        (Cells::Boolean(cells), _) => serde_json::to_writer(bytes, &cells[row]),
        (Cells::Int(cells), _) => serde_json::to_writer(bytes, &cells[row]),
        (Cells::Long(cells), _) => serde_json::to_writer(bytes, &cells[row]),
        (Cells::Float(cells), _) => serde_json::to_writer(bytes, &cells[row]),
        (Cells::Text(cells), _) => serde_json::to_writer(bytes, &cells[row]),
        (Cells::Enum(cells), ColumnType::Enum(values)) => {
            let place = cells[row].and_then(|place| usize::try_from(place).ok());
            serde_json::to_writer(bytes, &place.and_then(|place| values.get(place)).map(|value| &**value))
        }
        (Cells::Enum(_), _) => serde_json::to_writer(bytes, &()),
        (Cells::Date(cells), _) => serde_json::to_writer(bytes, &cells[row].map(date_text)),
        (Cells::Timestamp(cells), _) => serde_json::to_writer(bytes, &cells[row].map(timestamp_text)),
        (Cells::Json(cells), _) => {
            bytes.extend_from_slice(cells[row].as_deref().unwrap_or("null").as_bytes());
            Ok(())
        }
    };
    written.map_err(EncodeError::new)
}
