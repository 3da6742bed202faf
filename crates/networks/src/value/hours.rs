//! Opening hours by weekday, and what clients may say of them.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use subgraph::mutation::Checks;
use subgraph::sdl::directives::cache_control;

/// The most time spans in a week.
const MAX_PERIODS: usize = 28;

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
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub struct OpeningPeriod {
    /// The day.
    pub weekday: Weekday,
    /// Opening time, `HH:MM`, 00:00 to 23:59.
    pub opens: String,
    /// Closing time, `HH:MM`, after the opening time; `24:00` is the end of the day.
    pub closes: String,
}

/// A time span of a weekday in which a location is open, in the location's time zone. A night past midnight is
/// two spans: one to `24:00` and one from `00:00` of the next day.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OpeningPeriodInput {
    /// The day.
    pub weekday: Weekday,
    /// Opening time, `HH:MM`, 00:00 to 23:59.
    pub opens: String,
    /// Closing time, `HH:MM`, after the opening time; `24:00` is the end of the day.
    pub closes: String,
}

/// The opening hours by weekday and time, checked as the input's field `openingHours`.
pub(crate) fn check_hours(checks: &mut Checks, periods: &[OpeningPeriodInput]) -> Vec<OpeningPeriod> {
    const FIELD: &str = "input.openingHours";
    if !checks.count(FIELD, periods.len(), MAX_PERIODS) {
        return Vec::new();
    }
    for (place, period) in periods.iter().enumerate() {
        let opens = minutes(&period.opens).filter(|minutes| *minutes < DAY);
        let closes = minutes(&period.closes);
        if opens.is_none() {
            checks.refuse(&format!("{FIELD}.{place}.opens"), "must be a time from `00:00` to `23:59`");
        }
        if closes.is_none() {
            checks.refuse(&format!("{FIELD}.{place}.closes"), "must be a time from `00:01` to `24:00`");
        }
        if opens.zip(closes).is_some_and(|(opens, closes)| closes <= opens) {
            checks.refuse(
                &format!("{FIELD}.{place}.closes"),
                "must be after `opens`; a night past midnight is two spans",
            );
        }
    }
    let mut sorted: Vec<OpeningPeriod> = periods
        .iter()
        .map(|period| OpeningPeriod {
            weekday: period.weekday,
            opens: period.opens.clone(),
            closes: period.closes.clone(),
        })
        .collect();
    sorted.sort_unstable();
    for pair in sorted.windows(2) {
        if pair[0].weekday == pair[1].weekday && pair[1].opens < pair[0].closes {
            checks.refuse(
                FIELD,
                format!(
                    "{}-{} and {}-{} of one day overlap",
                    pair[0].opens, pair[0].closes, pair[1].opens, pair[1].closes
                ),
            );
        }
    }
    sorted
}

/// Minutes in a day.
const DAY: u32 = 24 * 60;

/// A time of the day in minutes, `24:00` included.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| -> Option<u32> {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{DAY, minutes};

    #[test]
    fn times_have_two_digits_each_and_end_with_the_day() {
        assert_eq!(minutes("00:00"), Some(0));
        assert_eq!(minutes("09:30"), Some(570));
        assert_eq!(minutes("24:00"), Some(DAY));
        for text in ["", "9:30", "09:60", "24:01", "25:00", "0930", "09:3", "+9:30", "09:30:00"] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
