//! Calendar days: the scalar `Date`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

use crate::error::unreadable;

/// A calendar day without a time zone; which zone's day it is, the field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub NaiveDate);

/// The years a date may be in: what both databases store and four digits can write.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// A calendar day as `YYYY-MM-DD` (RFC 3339 full-date), without a time zone.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(unreadable(InputValueError::expected_type(value)));
        };
        text.parse().map_err(InputValueError::custom).map_err(unreadable)
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// Why a text is not a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a date like `2026-07-26`")]
pub struct NotADate;

impl std::str::FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let padded = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = padded.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
        date.filter(|date| YEARS.contains(&date.year())).map(Self).ok_or(NotADate)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl From<Date> for NaiveDate {
    fn from(date: Date) -> Self {
        date.0
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_date_reads_as_it_is_written() {
        for text in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nothing_else_is_a_date() {
        for text in
            ["", "2023-02-29", "2024-2-29", "26-07-2026", "2024-02-29T00:00:00Z", "0000-01-01", "-001-01-01"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
