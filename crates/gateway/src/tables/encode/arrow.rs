//! Arrow: the IPC streaming format, and record batches for Parquet.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::{Batch, Column, EncodeError, Encoder};
use crate::tables::batch::Cells;
use crate::tables::column::ColumnType;

const UTC: &str = "UTC";

/// Makes record batches of one schema.
pub(super) struct Batches {
    pub(super) schema: SchemaRef,
    /// The values of enum columns, the same arrays in all batches.
    dictionaries: Vec<Option<ArrayRef>>,
}

impl Batches {
    pub(super) fn new(columns: &[Column]) -> Self {
        let field = |column: &Column| Field::new(&column.name, data_type(&column.ty), true);
        let dictionary = |column: &Column| match &column.ty {
            ColumnType::Enum(values) => {
                let values = StringArray::from_iter_values(values.iter().map(|value| &**value));
                Some(Arc::new(values) as ArrayRef)
            }
            _ => None,
        };
        Self {
            schema: Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>())),
            dictionaries: columns.iter().map(dictionary).collect(),
        }
    }

    pub(super) fn record(&self, batch: &Batch) -> Result<RecordBatch, EncodeError> {
        let columns = batch.columns.iter().zip(&self.dictionaries);
        let arrays: Result<Vec<ArrayRef>, EncodeError> =
            columns.map(|(cells, dictionary)| array(cells, dictionary.as_ref())).collect();
        RecordBatch::try_new(self.schema.clone(), arrays?).map_err(EncodeError::new)
    }
}

fn data_type(ty: &ColumnType) -> DataType {
    match ty {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Int => DataType::Int32,
        ColumnType::Long => DataType::Int64,
        ColumnType::Float => DataType::Float64,
        ColumnType::Text | ColumnType::Json => DataType::Utf8,
        ColumnType::Enum(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
    }
}

fn array(cells: &Cells, dictionary: Option<&ArrayRef>) -> Result<ArrayRef, EncodeError> {
    Ok(match cells {
        Cells::Boolean(cells) => Arc::new(BooleanArray::from(cells.clone())),
        Cells::Int(cells) => Arc::new(Int32Array::from(cells.clone())),
        Cells::Long(cells) => Arc::new(Int64Array::from(cells.clone())),
        Cells::Float(cells) => Arc::new(Float64Array::from(cells.clone())),
        Cells::Text(cells) | Cells::Json(cells) => {
            Arc::new(StringArray::from_iter(cells.iter().map(Option::as_deref)))
        }
        Cells::Enum(cells) => {
            let values = dictionary.ok_or_else(|| EncodeError::new("an enum column without its values"))?;
            let keys = Int32Array::from(cells.clone());
            let array = DictionaryArray::<Int32Type>::try_new(keys, values.clone());
            Arc::new(array.map_err(EncodeError::new)?)
        }
        Cells::Date(cells) => Arc::new(Date32Array::from(cells.clone())),
        Cells::Timestamp(cells) => {
            Arc::new(TimestampMicrosecondArray::from(cells.clone()).with_timezone(UTC))
        }
    })
}

/// The streaming format: without its end mark, readers see that it was cut off.
pub(super) struct Arrow {
    batches: Batches,
    writer: StreamWriter<Vec<u8>>,
}

impl Arrow {
    pub(super) fn new(columns: &[Column]) -> Result<Self, EncodeError> {
        let batches = Batches::new(columns);
        let writer = StreamWriter::try_new(Vec::new(), &batches.schema).map_err(EncodeError::new)?;
        Ok(Self { batches, writer })
    }
}

impl Encoder for Arrow {
    fn rows(&mut self, batch: &Batch) -> Result<Vec<u8>, EncodeError> {
        self.writer.write(&self.batches.record(batch)?).map_err(EncodeError::new)?;
        Ok(std::mem::take(self.writer.get_mut()))
    }

    fn finish(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.writer.finish().map_err(EncodeError::new)?;
        Ok(std::mem::take(self.writer.get_mut()))
    }
}
