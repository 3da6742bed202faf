//! What a client wants of a table: the parameters of a query string.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::parameters::{self, Parameter};
use super::refusal::Refusal;
use super::resume::{self, Place};
use super::{Column, ColumnType, Format, Table, Tables};
use crate::config::TablesConfig;

/// Parameters of every table; no variable may have these names.
pub(crate) const RESERVED: [&str; 4] = ["table", "limit", "resume", "resumable"];

/// A request for one table.
#[derive(Debug)]
pub(crate) struct TableRequest {
    pub(crate) table: Arc<Table>,
    pub(crate) format: Format,
    pub(super) variables: Map<String, Value>,
    /// The most rows to deliver; `None` for all.
    pub(super) limit: Option<u64>,
    /// More rows than this are an error.
    pub(super) max_rows: u64,
    /// A page of more bytes, with what is written of it, is an error.
    pub(super) max_page_bytes: usize,
    pub(super) place: Place,
    /// Set if every row is to have a token.
    pub(super) fingerprint: Option<String>,
}

impl TableRequest {
    /// Reads a query string.
    ///
    /// # Errors
    /// Which parameter does not fit, and what is expected.
    pub(crate) fn read(
        pairs: Vec<(String, String)>,
        tables: &Tables,
        parameters: &[Parameter],
        format: Format,
        config: &TablesConfig,
    ) -> Result<Self, Refusal> {
        let max_rows = config.max_rows;
        let (reserved, pairs): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| RESERVED.contains(&name.as_str()));
        if let Some((name, _)) = (1..reserved.len()).find_map(|index| {
            let again = &reserved[index];
            reserved[..index].iter().any(|(name, _)| *name == again.0).then_some(again)
        }) {
            return Err(Refusal::parameter(name, "is given twice"));
        }
        let value =
            |name: &str| reserved.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let table = tables.find(value("table"))?.clone();
        let variables = parameters::read(pairs, parameters)?;
        let limit = value("limit").map(|text| limit(text, max_rows)).transpose()?;
        let fingerprint =
            resume::fingerprint(&table.text, &table.name, &Value::Object(variables.clone()).to_string());
        let place = match value("resume") {
            None => Place::default(),
            Some(token) => Place::of_token(token, &fingerprint)
                .map_err(|problem| Refusal::parameter("resume", problem))?,
        };
        let resumable = match value("resumable") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Refusal::parameter("resumable", "must be `true` or `false`")),
        };
        let fingerprint = resumable.then_some(fingerprint);
        let max_page_bytes = config.max_page_size.as_usize();
        Ok(Self { table, format, variables, limit, max_rows, max_page_bytes, place, fingerprint })
    }

    /// The table's columns, and one for tokens if they are wanted.
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns = self.table.columns.clone();
        if self.fingerprint.is_some() {
            columns.push(Column {
                name: resume::COLUMN.to_owned(),
                ty: ColumnType::Text,
                graphql_type: "String!".to_owned(),
                description: None,
            });
        }
        columns
    }
}

fn limit(text: &str, max_rows: u64) -> Result<u64, Refusal> {
    let expected = format!("must be a whole number from 1 to {max_rows}");
    match text.parse::<u64>() {
        Ok(limit) if (1..=max_rows).contains(&limit) => Ok(limit),
        _ => Err(Refusal::parameter("limit", expected)),
    }
}
