//! Questions whose answers are about the current hour or day.

use chrono::{DurationRound, TimeDelta, Utc};

/// What is found within one hour of the clock: when an hour (perhaps a day) begins meanwhile, it is asked again.
pub(crate) async fn within_an_hour<T>(ask: impl AsyncFn() -> T) -> T {
    let hour = || Utc::now().duration_trunc(TimeDelta::hours(1)).unwrap();
    loop {
        let began = hour();
        let found = ask().await;
        if hour() == began {
            return found;
        }
    }
}
