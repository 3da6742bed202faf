//! Opening hours by weekday.

use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};

/// A day of the week, Monday first (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Weekday {
    /// Day 1.
    Monday,
    /// Day 2.
    Tuesday,
    /// Day 3.
    Wednesday,
    /// Day 4.
    Thursday,
    /// Day 5.
    Friday,
    /// Day 6.
    Saturday,
    /// Day 7.
    Sunday,
}

/// A time span of a weekday in which a location is open, in the location's time zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SimpleObject)]
pub struct OpeningPeriod {
    /// The day.
    pub weekday: Weekday,
    /// Opening time, `HH:MM`, 00:00 to 23:59.
    pub opens: String,
    /// Closing time, `HH:MM`, after the opening time; `24:00` is the end of the day.
    pub closes: String,
}
