//! What time it is, and which day that is somewhere.

use std::sync::Arc;

use async_graphql::Context;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use subgraph::{Error, Result};

/// A source of the current instant: the system's, unless a request brings another as its data.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Utc::now))
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Clock({})", self.now())
    }
}

impl Clock {
    /// A clock that stands still.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Arc::new(move || at))
    }

    /// The clock of a request.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        context.data_opt::<Self>().cloned().unwrap_or_default()
    }

    /// The current instant.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }

    /// The current day in a time zone.
    pub(crate) fn today(&self, time_zone: &str) -> Result<NaiveDate> {
        let zone: Tz = time_zone.parse().map_err(|_| {
            Error::BadInput(format!(
                "`{time_zone}` is not an IANA time zone such as `Europe/Paris`: correct the unit's time zone"
            ))
        })?;
        Ok(self.now().with_timezone(&zone).date_naive())
    }
}
