//! Which day it is, where.
//!
//! A requirement is due in the time zone of its own unit. At any instant the zones of the world show at most
//! three calendar days, so a statement learns the day of every row from two lists of zones.

use std::any::TypeId;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Request;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use sea_orm::ExprTrait;
use sea_orm::sea_query::{Expr, IntoColumnRef};
use subgraph::error::{Error, Result};

/// Where the service takes the time from.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A given instant: put it into a request's data to ask how things stood or will stand then.
    At(DateTime<Utc>),
}

impl Clock {
    /// The clock in a request's data, or the machine's.
    pub(crate) fn of(request: &Request) -> Self {
        let clock = request.data.get(&TypeId::of::<Self>());
        clock.and_then(|clock| clock.downcast_ref::<Self>()).copied().unwrap_or_default()
    }

    fn now(self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::At(instant) => instant,
        }
    }
}

/// The day it is in every zone.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Days {
    utc: NaiveDate,
    ahead: Vec<&'static str>,
    behind: Vec<&'static str>,
}

/// The days of the second that was asked about last: there are hundreds of zones to look through.
static LATEST: Mutex<Option<(i64, Arc<Days>)>> = Mutex::new(None);

impl Days {
    fn at(instant: DateTime<Utc>) -> Arc<Self> {
        let second = instant.timestamp();
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, days)) = latest.as_ref().filter(|(known, _)| *known == second) {
            return days.clone();
        }
        let days = Arc::new(Self::look_up(instant));
        *latest = Some((second, days.clone()));
        days
    }

    fn look_up(instant: DateTime<Utc>) -> Self {
        let utc = instant.date_naive();
        let (mut ahead, mut behind) = (Vec::new(), Vec::new());
        for zone in TZ_VARIANTS {
            match instant.with_timezone(&zone).date_naive().cmp(&utc) {
                std::cmp::Ordering::Greater => ahead.push(zone.name()),
                std::cmp::Ordering::Less => behind.push(zone.name()),
                std::cmp::Ordering::Equal => {}
            }
        }
        Self { utc, ahead, behind }
    }
}

/// An instant with the day it falls on everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) now: DateTime<Utc>,
    pub(crate) days: Arc<Days>,
}

impl Calendar {
    pub(crate) fn new(clock: Clock) -> Self {
        let now = clock.now();
        Self { now, days: Days::at(now) }
    }

    /// The day in the time zone that a column names; the day in UTC where that is not a zone.
    pub(crate) fn today<C: IntoColumnRef>(&self, time_zone: C) -> Expr {
        let (time_zone, Days { utc, ahead, behind }) = (Expr::col(time_zone), &*self.days);
        let day = chrono::Days::new(1);
        Expr::case(time_zone.clone().is_in(ahead.iter().copied()), Expr::val(*utc + day))
            .case(time_zone.is_in(behind.iter().copied()), Expr::val(*utc - day))
            .finally(Expr::val(*utc))
            .into()
    }

    /// The day in a time zone.
    ///
    /// # Errors
    /// When it is not an IANA zone; units only ever have one.
    pub(crate) fn today_in(&self, time_zone: &str) -> Result<NaiveDate> {
        let zone: Tz = time_zone.parse().map_err(|_| {
            Error::BadInput(format!("`{time_zone}` is not an IANA time zone such as `Europe/Paris`"))
        })?;
        Ok(self.now.with_timezone(&zone).date_naive())
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, Clock};

    #[test]
    fn the_day_changes_at_midnight_of_the_zone() {
        let at = |instant: &str| Calendar::new(Clock::At(instant.parse().unwrap()));
        for (instant, zone, day) in [
            ("2024-03-10T10:59:59Z", "Pacific/Auckland", "2024-03-10"),
            ("2024-03-10T11:00:00Z", "Pacific/Auckland", "2024-03-11"),
            ("2024-03-10T04:59:59Z", "America/New_York", "2024-03-09"),
            ("2024-03-10T05:00:00Z", "America/New_York", "2024-03-10"),
            ("2024-03-11T03:59:59Z", "America/New_York", "2024-03-10"),
            ("2024-03-11T04:00:00Z", "America/New_York", "2024-03-11"),
        ] {
            let calendar = at(instant);
            assert_eq!(calendar.today_in(zone).unwrap().to_string(), day, "{instant} {zone}");
            let days = &calendar.days;
            let listed = if days.ahead.contains(&zone) {
                days.utc.succ_opt()
            } else if days.behind.contains(&zone) {
                days.utc.pred_opt()
            } else {
                Some(days.utc)
            };
            assert_eq!(listed.unwrap().to_string(), day, "{instant} {zone}");
        }
    }

    #[test]
    fn what_is_not_a_zone_is_refused() {
        assert!(Calendar::new(Clock::System).today_in("Mars/Olympus").is_err());
    }
}
