//! How a stored operation is used, as one gateway sees it since it started.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest duration that is told from longer ones, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// Counts of one operation.
#[derive(Debug, Default)]
pub(crate) struct Statistics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    errors: u64,
    /// Microseconds; made with the first use.
    durations: Option<Histogram<u64>>,
    last_used: Option<DateTime<Utc>>,
}

/// What is told of an operation.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) count: u64,
    /// Of these, how many were answered with an error.
    pub(crate) errors: u64,
    /// Milliseconds; null before the first use.
    pub(crate) p50: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) last_used: Option<DateTime<Utc>>,
}

impl Statistics {
    /// Counts a use that began at `started` and ends now.
    pub(crate) fn record(&self, started: Instant, failed: bool) {
        self.add(started.elapsed(), failed, Utc::now());
    }

    fn add(&self, duration: Duration, failed: bool, now: DateTime<Utc>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.errors += u64::from(failed);
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(LONGEST);
        if counts.durations.is_none() {
            // Two digits: a percentile is off by less than one in a hundred.
            counts.durations = Histogram::new_with_max(LONGEST, 2).ok();
        }
        if let Some(durations) = &mut counts.durations {
            durations.saturating_record(microseconds.clamp(1, LONGEST));
        }
        counts.last_used = Some(now);
    }

    pub(crate) fn summary(&self) -> Summary {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let durations = counts.durations.as_ref();
        #[expect(clippy::cast_precision_loss, reason = "at most an hour of microseconds")]
        let percentile =
            |quantile| durations.map(|durations| durations.value_at_quantile(quantile) as f64 / 1000.0);
        Summary {
            count: durations.map_or(0, Histogram::len),
            errors: counts.errors,
            p50: percentile(0.5),
            p95: percentile(0.95),
            p99: percentile(0.99),
            last_used: counts.last_used,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_recorded() {
        let statistics = Statistics::default();
        let nothing = Summary { count: 0, errors: 0, p50: None, p95: None, p99: None, last_used: None };
        assert_eq!(statistics.summary(), nothing);
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        for milliseconds in 1..=100 {
            statistics.add(Duration::from_millis(milliseconds), milliseconds > 90, now);
        }
        let summary = statistics.summary();
        assert_eq!((summary.count, summary.errors, summary.last_used), (100, 10, Some(now)));
        for (found, expected) in [(summary.p50, 50.0), (summary.p95, 95.0), (summary.p99, 99.0)] {
            let found = found.unwrap();
            assert!((found - expected).abs() <= expected / 100.0, "{found}, not {expected}");
        }
    }

    #[test]
    fn a_use_without_end_is_the_longest_there_is() {
        let statistics = Statistics::default();
        statistics.add(Duration::MAX, true, DateTime::default());
        assert_eq!(statistics.summary().count, 1);
    }
}
