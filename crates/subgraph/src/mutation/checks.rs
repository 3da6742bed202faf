//! Everything that is wrong with an input, told at once.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use super::Refusal;
use crate::date::Date;
use crate::error::{UserError, UserErrorCode};

/// Collects everything that is wrong with an input. A check hands back a usable value even when it refuses, so
/// that the checks after it go on; [`Checks::finish`] keeps such values from being used.
#[derive(Debug, Default)]
pub struct Checks(Vec<UserError>);

impl Checks {
    /// Notes that a field is not acceptable.
    pub fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.add(UserError::at(UserErrorCode::Invalid, field, message));
    }

    /// Notes a failure of another kind.
    pub fn add(&mut self, error: UserError) {
        self.0.push(error);
    }

    /// A text that must say something, without surrounding white space; `max` counts characters.
    pub fn text(&mut self, field: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > max {
            self.refuse(field, format!("must have 1 to {max} characters, not {length}"));
        } else if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
            self.refuse(field, "must not have control characters");
        }
        text.to_owned()
    }

    /// A text that may be left out; blank counts as left out.
    pub fn optional_text(&mut self, field: &str, text: Option<&str>, max: usize) -> Option<String> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        Some(self.text(field, text, max))
    }

    /// A number within bounds.
    pub fn number(&mut self, field: &str, number: i64, bounds: RangeInclusive<i64>) {
        if !bounds.contains(&number) {
            let (least, most) = bounds.into_inner();
            self.refuse(field, format!("must be between {least} and {most}, not {number}"));
        }
    }

    /// A number of items within a limit; whether the items are worth checking.
    pub fn count(&mut self, field: &str, count: usize, max: usize) -> bool {
        if count > max {
            self.refuse(field, format!("must have at most {max} items, not {count}"));
        }
        count <= max
    }

    /// A day in one of some years.
    pub fn date(&mut self, field: &str, date: Date, years: RangeInclusive<i32>) -> NaiveDate {
        if !years.contains(&date.0.year()) {
            self.refuse(field, format!("must be in the years {} to {}", years.start(), years.end()));
        }
        date.0
    }

    /// Ends the checks.
    ///
    /// # Errors
    /// When any of them refused.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::User(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_at_once_each_at_its_field() {
        let mut checks = Checks::default();
        checks.text("input.name", "  ", 10);
        checks.text("input.note", "a\u{7}b", 10);
        checks.number("input.chairs", -1, 0..=9);
        assert!(!checks.count("input.days", 3, 2));
        checks.date("input.day", Date(NaiveDate::MIN), 2000..=2100);
        let Err(Refusal::User(errors)) = checks.finish() else { panic!("nothing was refused") };
        let told: Vec<String> =
            errors.iter().map(|error| format!("{}: {}", error.field.join("."), error.message)).collect();
        assert_eq!(
            told,
            [
                "input.name: must have 1 to 10 characters, not 0",
                "input.note: must not have control characters",
                "input.chairs: must be between 0 and 9, not -1",
                "input.days: must have at most 2 items, not 3",
                "input.day: must be in the years 2000 to 2100",
            ]
        );
    }

    #[test]
    fn acceptable_values_come_back_tidy() {
        let mut checks = Checks::default();
        assert_eq!(checks.text("name", "  a b\n", 3), "a b");
        assert_eq!(checks.optional_text("note", Some("   "), 3), None);
        assert_eq!(checks.optional_text("note", Some(" x "), 3), Some("x".to_owned()));
        assert!(checks.finish().is_ok());
    }
}
