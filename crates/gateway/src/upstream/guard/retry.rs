//! Calls that are made again: which, how often, after what time, and how many of a subgraph's in all.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use tower::retry::budget::{Budget, TpsBudget};

use crate::config::RetryConfig;

/// For so long a call counts towards the budget.
const COUNTED: Duration = Duration::from_secs(10);

/// The longest wait before a call is made again, unless the subgraph asks for more.
const LONGEST: Duration = Duration::from_secs(1);

/// Whether a failed call may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It would fail in the same way, or it is not known what it did.
    No,
    /// Nothing of it was sent.
    Unsent,
    /// If doing it twice does no harm; not before the time that the subgraph asks for.
    Idempotent(Option<Duration>),
}

impl Again {
    /// What an answer without a GraphQL answer says of it: the statuses of a gateway on the way or a server that is
    /// starting or stopping (RFC 9110, section 15.6), and of one that asks for time (RFC 6585, section 4).
    pub(crate) fn after(status: StatusCode, headers: &HeaderMap) -> Self {
        let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let asked = asked.map(Duration::from_secs);
        match status {
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Self::Idempotent(asked)
            }
            StatusCode::TOO_MANY_REQUESTS if asked.is_some() => Self::Idempotent(asked),
            _ => Self::No,
        }
    }
}

/// What one subgraph's calls share.
pub(crate) struct Retries {
    config: RetryConfig,
    budget: TpsBudget,
}

impl Retries {
    pub(super) fn new(config: RetryConfig) -> Self {
        let budget = TpsBudget::new(COUNTED, config.min_per_second, f32::from(config.budget) / 100.0);
        Self { config, budget }
    }

    /// A call succeeded: there is room for more that are made again.
    pub(crate) fn succeeded(&self) {
        self.budget.deposit();
    }

    /// After what time a call is made again that failed so many times; `None` if it is not.
    pub(crate) fn wait(
        &self,
        again: Again,
        idempotent: bool,
        failed: u32,
        deadline: Instant,
    ) -> Option<Duration> {
        let asked = match again {
            Again::No => return None,
            Again::Unsent => None,
            Again::Idempotent(_) if !idempotent => return None,
            Again::Idempotent(asked) => asked,
        };
        if failed > self.config.attempts {
            return None;
        }
        let wait = asked.unwrap_or_else(|| self.delay(failed));
        if Instant::now() + wait >= deadline || !self.budget.withdraw() {
            return None;
        }
        Some(wait)
    }

    /// Twice as long each time, and half of it by chance, so that calls that failed together do not come back together.
    fn delay(&self, failed: u32) -> Duration {
        let doubled = self.config.delay.0.saturating_mul(1 << failed.saturating_sub(1).min(16));
        let longest = doubled.min(LONGEST);
        longest.mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Time;

    fn retries(attempts: u32, min_per_second: u32) -> Retries {
        let delay = Time(Duration::from_millis(20));
        Retries::new(RetryConfig { attempts, budget: 20, min_per_second, delay })
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn what_may_be_made_again_depends_on_what_happened() {
        let retries = retries(2, 100);
        let waits = |again, idempotent| retries.wait(again, idempotent, 1, far()).is_some();
        assert!(!waits(Again::No, true));
        assert!(waits(Again::Unsent, false));
        assert!(waits(Again::Idempotent(None), true));
        assert!(!waits(Again::Idempotent(None), false));
    }

    #[tokio::test]
    async fn waits_grow_within_bounds_and_end() {
        let retries = retries(3, 100);
        for (failed, least) in [(1, 10), (2, 20), (3, 40)] {
            let wait = retries.wait(Again::Unsent, true, failed, far()).unwrap();
            let bounds = Duration::from_millis(least)..=Duration::from_millis(2 * least);
            assert!(bounds.contains(&wait), "{failed}: {wait:?}");
        }
        assert_eq!(retries.wait(Again::Unsent, true, 4, far()), None);
    }

    #[tokio::test]
    async fn the_time_a_subgraph_asks_for_is_kept_if_the_deadline_allows() {
        let retries = retries(2, 100);
        let asked = Again::Idempotent(Some(Duration::from_secs(3)));
        assert_eq!(retries.wait(asked, true, 1, far()), Some(Duration::from_secs(3)));
        assert_eq!(retries.wait(asked, true, 1, Instant::now() + Duration::from_secs(2)), None);
    }

    #[tokio::test]
    async fn the_budget_is_a_share_of_what_succeeds() {
        let retries = retries(2, 0);
        let again = || retries.wait(Again::Unsent, true, 1, far()).is_some();
        assert!(!again(), "nothing has succeeded");
        (0..10).for_each(|_| retries.succeeded());
        assert_eq!((0..5).filter(|_| again()).count(), 2, "a fifth of ten");
    }

    #[test]
    fn statuses_say_whether_to_try_again() {
        let with = |status: u16, after: &str| {
            let mut headers = HeaderMap::new();
            if !after.is_empty() {
                headers.insert(RETRY_AFTER, after.parse().unwrap());
            }
            Again::after(StatusCode::from_u16(status).unwrap(), &headers)
        };
        let seconds = |count| Again::Idempotent(Some(Duration::from_secs(count)));
        assert_eq!(with(503, ""), Again::Idempotent(None));
        assert_eq!(with(503, "2"), seconds(2));
        assert_eq!(with(429, "1"), seconds(1));
        assert_eq!(with(429, ""), Again::No);
        assert_eq!(with(502, "Wed, 21 Oct 2026 07:28:00 GMT"), Again::Idempotent(None));
        assert_eq!(with(500, "1"), Again::No);
    }
}
