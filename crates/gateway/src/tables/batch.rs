//! Rows as typed columns. A value that is not what the schema says is an error, never a null.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate};

use super::column::{Column, ColumnType};

/// About how many bytes a cell takes beside its text.
const CELL: usize = 24;

/// The most rows of a batch.
pub(super) const ROWS: usize = 4096;

/// The bytes from which a batch takes no more rows: a text around a list is in each of its rows.
pub(super) const BYTES: usize = 1024 * 1024;

/// Some rows of a table, column by column.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) columns: Vec<Cells>,
    pub(super) rows: usize,
    /// About how many bytes of memory its cells take.
    pub(super) bytes: usize,
}

/// The values of a column.
#[derive(Debug, PartialEq)]
pub(super) enum Cells {
    Boolean(Vec<Option<bool>>),
    Int(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    /// Places in the list of values.
    Enum(Vec<Option<i32>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp(Vec<Option<i64>>),
    /// JSON text.
    Json(Vec<Option<String>>),
}

/// A value that does not fit its column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the column `{column}` has a value that is no {expected}")]
pub(crate) struct Misfit {
    column: String,
    expected: &'static str,
}

impl Batch {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.iter().map(|column| Cells::new(&column.ty)).collect(), rows: 0, bytes: 0 }
    }

    /// Adds a row: for each column the JSON text of a value, or null.
    pub(super) fn push(&mut self, columns: &[Column], row: &[Option<&str>]) -> Result<(), Misfit> {
        for ((cells, column), value) in self.columns.iter_mut().zip(columns).zip(row) {
            if cells.push(&column.ty, *value).is_none() {
                return Err(Misfit { column: column.name.clone(), expected: column.ty.name() });
            }
            self.bytes += CELL + value.map_or(0, str::len);
        }
        self.rows += 1;
        Ok(())
    }
}

impl Cells {
    fn new(ty: &ColumnType) -> Self {
        match ty {
            ColumnType::Boolean => Self::Boolean(Vec::new()),
            ColumnType::Int => Self::Int(Vec::new()),
            ColumnType::Long => Self::Long(Vec::new()),
            ColumnType::Float => Self::Float(Vec::new()),
            ColumnType::Text => Self::Text(Vec::new()),
            ColumnType::Enum(_) => Self::Enum(Vec::new()),
            ColumnType::Date => Self::Date(Vec::new()),
            ColumnType::Timestamp => Self::Timestamp(Vec::new()),
            ColumnType::Json => Self::Json(Vec::new()),
        }
    }

    /// `None` if the value does not fit.
    fn push(&mut self, ty: &ColumnType, value: Option<&str>) -> Option<()> {
        match self {
            Self::Boolean(cells) => cells.push(read(value, |text| text.parse().ok())?),
            Self::Int(cells) => cells.push(read(value, |text| text.parse().ok())?),
            Self::Long(cells) => cells.push(read(value, long)?),
            Self::Float(cells) => cells.push(read(value, float)?),
            Self::Text(cells) => cells.push(read(value, text)?),
            Self::Enum(cells) => cells.push(read(value, |value| place(ty, &string(value)?))?),
            Self::Date(cells) => cells.push(read(value, |value| days(&string(value)?))?),
            Self::Timestamp(cells) => cells.push(read(value, |value| microseconds(&string(value)?))?),
            Self::Json(cells) => cells.push(read(value, |text| Some(compact(text)))?),
        }
        Some(())
    }
}

/// Null, or a value that fits, or nothing.
#[expect(clippy::option_option, reason = "a cell may be null, and a value may not fit")]
fn read<T>(value: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(text) => read(text).map(Some),
    }
}

/// A text without quotes and escapes.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(json).ok().map(Cow::Owned) } else { Some(inner.into()) }
}

fn is_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// Some services write large integers as text, as JavaScript cannot read them otherwise.
fn long(json: &str) -> Option<i64> {
    json.parse().ok().or_else(|| string(json)?.parse().ok())
}

/// A number that no 64 bits are near is none, as infinity would say something else.
fn float(json: &str) -> Option<f64> {
    let number: f64 = json.parse().ok().filter(|_| is_number(json))?;
    number.is_finite().then_some(number)
}

/// IDs may be numbers, which stay as they are written.
fn text(json: &str) -> Option<String> {
    if is_number(json) { Some(json.to_owned()) } else { string(json).map(Cow::into_owned) }
}

/// JSON on one line.
fn compact(json: &str) -> String {
    if !json.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return json.to_owned();
    }
    let (mut in_text, mut escaped) = (false, false);
    let kept = json.chars().filter(|character| {
        if in_text {
            in_text = escaped || *character != '"';
            escaped = !escaped && *character == '\\';
            return true;
        }
        in_text = *character == '"';
        !character.is_ascii_whitespace()
    });
    kept.collect()
}

fn place(ty: &ColumnType, value: &str) -> Option<i32> {
    let ColumnType::Enum(values) = ty else { return None };
    values.iter().position(|known| **known == *value).and_then(|place| i32::try_from(place).ok())
}

fn days(text: &str) -> Option<i32> {
    let date = NaiveDate::from_str(text).ok()?;
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

fn microseconds(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.timestamp_micros())
}

/// A [`Cells::Date`] as `YYYY-MM-DD`.
pub(super) fn date_text(days: i32) -> String {
    NaiveDate::default()
        .checked_add_signed(chrono::TimeDelta::days(days.into()))
        .map(|date| date.to_string())
        .unwrap_or_default()
}

/// A [`Cells::Timestamp`] as RFC 3339 in UTC.
pub(super) fn timestamp_text(microseconds: i64) -> String {
    DateTime::from_timestamp_micros(microseconds)
        .map(|instant| instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn column(ty: ColumnType) -> Column {
        Column { name: "c".to_owned(), ty, graphql_type: String::new(), description: None }
    }

    #[test]
    fn values_become_what_the_column_is() {
        let values = ColumnType::Enum(["A", "B"].map(Into::into).into());
        let cases = [
            (ColumnType::Boolean, json!(true), Cells::Boolean(vec![Some(true)])),
            (ColumnType::Int, json!(-7), Cells::Int(vec![Some(-7)])),
            (
                ColumnType::Long,
                json!(9_007_199_254_740_991_i64),
                Cells::Long(vec![Some(9_007_199_254_740_991)]),
            ),
            (ColumnType::Long, json!("12"), Cells::Long(vec![Some(12)])),
            (ColumnType::Float, json!(3), Cells::Float(vec![Some(3.0)])),
            (ColumnType::Text, json!("x"), Cells::Text(vec![Some("x".to_owned())])),
            (ColumnType::Text, json!(7), Cells::Text(vec![Some("7".to_owned())])),
            (values, json!("B"), Cells::Enum(vec![Some(1)])),
            (ColumnType::Date, json!("1969-12-31"), Cells::Date(vec![Some(-1)])),
            (
                ColumnType::Timestamp,
                json!("1970-01-01T01:00:00.5+01:00"),
                Cells::Timestamp(vec![Some(500_000)]),
            ),
            (ColumnType::Json, json!(["a", 1]), Cells::Json(vec![Some(r#"["a",1]"#.to_owned())])),
            (ColumnType::Date, json!(null), Cells::Date(vec![None])),
        ];
        for (ty, value, expected) in cases {
            let columns = [column(ty)];
            let mut batch = Batch::new(&columns);
            let text = value.to_string();
            batch.push(&columns, &[Some(&*text).filter(|text| *text != "null")]).unwrap();
            assert_eq!(batch.columns, [expected], "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_no_null() {
        let cases = [
            (ColumnType::Boolean, json!("true")),
            (ColumnType::Int, json!(2_147_483_648_i64)),
            (ColumnType::Int, json!(1.5)),
            (ColumnType::Long, json!("many")),
            (ColumnType::Float, json!("1")),
            (ColumnType::Text, json!({})),
            (ColumnType::Enum(["A"].map(Into::into).into()), json!("C")),
            (ColumnType::Date, json!("2026-02-30")),
            (ColumnType::Timestamp, json!("2026-02-03")),
        ];
        for (ty, value) in cases {
            let columns = [column(ty)];
            assert!(Batch::new(&columns).push(&columns, &[Some(&value.to_string())]).is_err(), "{value}");
        }
    }

    #[test]
    fn numbers_are_what_was_written_or_refused() {
        let cases = [
            (ColumnType::Float, "1.7976931348623157e308", Some(Cells::Float(vec![Some(f64::MAX)]))),
            (ColumnType::Float, "1e999", None),
            (ColumnType::Float, "-1e999", None),
            (ColumnType::Float, "inf", None),
            (ColumnType::Long, "9223372036854775808", None),
            (ColumnType::Int, "1e2", None),
            (ColumnType::Text, "1e999", Some(Cells::Text(vec![Some("1e999".to_owned())]))),
            (
                ColumnType::Text,
                "0.12345678901234567890",
                Some(Cells::Text(vec![Some("0.12345678901234567890".to_owned())])),
            ),
            (ColumnType::Text, r#""a\"\u00e4\n""#, Some(Cells::Text(vec![Some("a\"\u{e4}\n".to_owned())]))),
            (ColumnType::Json, "1e999", Some(Cells::Json(vec![Some("1e999".to_owned())]))),
            (
                ColumnType::Json,
                "{ \"a b\\\" c\" :\n [1.10, \"\\\\\" ] }",
                Some(Cells::Json(vec![Some(r#"{"a b\" c":[1.10,"\\"]}"#.to_owned())])),
            ),
        ];
        for (ty, text, expected) in cases {
            let columns = [column(ty)];
            let mut batch = Batch::new(&columns);
            let pushed = batch.push(&columns, &[Some(text)]);
            assert_eq!(pushed.ok().and_then(|()| batch.columns.pop()), expected, "{text}");
        }
    }

    #[test]
    fn days_and_instants_are_written_as_they_are_read() {
        for text in ["1970-01-01", "2026-02-28", "1899-12-31"] {
            assert_eq!(date_text(days(text).unwrap()), text);
        }
        for text in ["1970-01-01T00:00:00Z", "2026-02-28T23:59:59.123456Z"] {
            assert_eq!(timestamp_text(microseconds(text).unwrap()), text);
        }
    }
}
