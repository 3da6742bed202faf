//! The range a client asks for, and the window of days it means.

use async_graphql::{Enum, InputObject};
use chrono::{Datelike, Days, Months, NaiveDate};
use subgraph::date::Date;
use subgraph::{Error, Result};

use super::Window;

/// The longest range, in years.
const MAX_YEARS: u32 = 5;

/// The earliest year of a range: the window before it must exist, too.
const FIRST_YEAR: i32 = 1900;

/// The latest year of a range: four digits.
const LAST_YEAR: i32 = 9999;

/// A range of days: either both `from` and `to`, or a `preset`. At most 5 years.
#[derive(Clone, Debug, PartialEq, Eq, InputObject)]
pub(crate) struct DateRangeInput {
    /// The first day.
    from: Option<Date>,
    /// The last day, included.
    to: Option<Date>,
    /// A range relative to today in the unit's time zone.
    preset: Option<DateRangePreset>,
}

/// A range relative to today. Today is the day in the unit's own time zone; weeks start on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum DateRangePreset {
    /// Today, so far.
    Today,
    /// The day before today.
    Yesterday,
    /// The last 7 complete days, up to yesterday.
    #[graphql(name = "LAST_7_DAYS")]
    Last7Days,
    /// The last 30 complete days, up to yesterday.
    #[graphql(name = "LAST_30_DAYS")]
    Last30Days,
    /// The last 90 complete days, up to yesterday.
    #[graphql(name = "LAST_90_DAYS")]
    Last90Days,
    /// The last 365 complete days, up to yesterday.
    #[graphql(name = "LAST_365_DAYS")]
    Last365Days,
    /// From Monday to today.
    WeekToDate,
    /// From the first of the month to today.
    MonthToDate,
    /// From the first day of the quarter to today.
    QuarterToDate,
    /// From January 1 to today.
    YearToDate,
    /// The last complete week, Monday to Sunday.
    LastWeek,
    /// The last complete month.
    LastMonth,
    /// The last complete quarter.
    LastQuarter,
    /// The last complete calendar year.
    LastYear,
}

impl DateRangeInput {
    /// The days meant. `today` is asked only where it matters.
    ///
    /// # Errors
    /// [`Error::BadInput`] when the range is not one of the two forms, ends before it starts, or is too long.
    pub(crate) fn window(&self, today: impl FnOnce() -> Result<NaiveDate>) -> Result<Window> {
        let window = match (self.from, self.to, self.preset) {
            (Some(from), Some(to), None) => Window { from: from.0, to: to.0 },
            (None, None, Some(preset)) => preset.window(today()?).ok_or_else(out_of_calendar)?,
            _ => {
                return Err(Error::BadInput(
                    "a range needs either both `from` and `to`, or a `preset`".to_owned(),
                ));
            }
        };
        check(window)
    }
}

fn check(window: Window) -> Result<Window> {
    let Window { from, to } = window;
    if to < from {
        return Err(Error::BadInput(format!(
            "the range ends on {to}, before it starts on {from}: swap them"
        )));
    }
    if from.year() < FIRST_YEAR || to.year() > LAST_YEAR {
        return Err(out_of_calendar());
    }
    if from.checked_add_months(Months::new(12 * MAX_YEARS)).is_some_and(|end| to >= end) {
        return Err(Error::BadInput(format!(
            "the range from {from} to {to} is longer than {MAX_YEARS} years: ask for parts of it"
        )));
    }
    Ok(window)
}

fn out_of_calendar() -> Error {
    Error::BadInput(format!("a range must be within the years {FIRST_YEAR} to {LAST_YEAR}"))
}

impl DateRangePreset {
    /// The window; nothing at the ends of the calendar.
    fn window(self, today: NaiveDate) -> Option<Window> {
        let yesterday = today.pred_opt()?;
        let last = |days: u64| Some(Window { from: today.checked_sub_days(Days::new(days))?, to: yesterday });
        let to_date = |from: NaiveDate| Some(Window { from, to: today });
        let until = |from: NaiveDate, next: NaiveDate| Some(Window { from, to: next.pred_opt()? });
        let week = today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
        let month = today.with_day(1)?;
        let quarter = month.with_month0(month.month0() / 3 * 3)?;
        let year = month.with_month0(0)?;
        let months_before = |date: NaiveDate, months| date.checked_sub_months(Months::new(months));
        match self {
            Self::Today => to_date(today),
            Self::Yesterday => last(1),
            Self::Last7Days => last(7),
            Self::Last30Days => last(30),
            Self::Last90Days => last(90),
            Self::Last365Days => last(365),
            Self::WeekToDate => to_date(week),
            Self::MonthToDate => to_date(month),
            Self::QuarterToDate => to_date(quarter),
            Self::YearToDate => to_date(year),
            Self::LastWeek => until(week.checked_sub_days(Days::new(7))?, week),
            Self::LastMonth => until(months_before(month, 1)?, month),
            Self::LastQuarter => until(months_before(quarter, 3)?, quarter),
            Self::LastYear => until(months_before(year, 12)?, year),
        }
    }
}
