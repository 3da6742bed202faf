//! Windows of days, and how clients name them.

pub(crate) mod clock;
pub(crate) mod granularity;
pub(crate) mod range;

use chrono::{Days, NaiveDate};

/// Consecutive days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Window {
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day, not before the first.
    pub(crate) to: NaiveDate,
}

impl Window {
    /// How many days.
    pub(crate) fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The same number of days immediately before. [`range`] keeps windows where this exists.
    pub(crate) fn previous(self) -> Self {
        let shift = Days::new(self.days().unsigned_abs());
        let back = |date: NaiveDate| date.checked_sub_days(shift).unwrap_or(NaiveDate::MIN);
        Self { from: back(self.from), to: back(self.to) }
    }
}
