//! What a client is told of its budget.

use std::time::Duration;

use federation::operation::Cost;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::bucket::Level;

/// The policy (draft-ietf-httpapi-ratelimit-headers-10, section 3).
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is left (draft-ietf-httpapi-ratelimit-headers-10, section 4).
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What is to be taken from a budget.
#[derive(Clone, Copy, Debug)]
pub(super) enum Price<'a> {
    /// Of an operation, by estimate.
    Operation(&'a Cost),
    /// Of an event, in fact.
    Event(u64),
}

impl Price<'_> {
    pub(super) fn total(self) -> u64 {
        match self {
            Self::Operation(cost) => cost.total,
            Self::Event(cost) => cost,
        }
    }
}

/// An operation, or an event, costs more than its client has left.
#[derive(Debug)]
pub(crate) struct Overspent {
    level: Level,
    cost: u64,
    /// Begins a sentence: what costs how much.
    subject: String,
    /// Continues it: what costs most, and what to ask less of.
    advice: String,
}

impl Overspent {
    pub(super) fn new(level: Level, price: Price<'_>) -> Self {
        let cost = price.total();
        let (subject, advice) = match price {
            Price::Operation(operation) => {
                (format!("the operation costs {cost} by estimate"), operation.advice())
            }
            Price::Event(_) => (format!("an event costs {cost}"), "; select less of events".to_owned()),
        };
        Self { level, cost, subject, advice }
    }

    /// How long it takes until the operation can run; `None` if it never can.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.level.wait_for(self.cost).map(Duration::from_micros)
    }

    /// The same in seconds, at most.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.wait().map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).map(|wait| wait.max(1))
    }

    pub(crate) fn message(&self) -> String {
        let Self { level, subject, advice, .. } = self;
        let capacity = level.policy.capacity;
        match self.retry_after() {
            None => format!("{subject}, and a budget of {capacity} never holds as much{advice}"),
            Some(seconds) => format!(
                "{subject}, and {} of a budget of {capacity} are left; try again in {seconds} s{advice}",
                level.remaining()
            ),
        }
    }

    /// As an error of a response, where nothing is refused.
    pub(crate) fn told(&self) -> Value {
        let mut extensions = json!({ "code": super::CODE });
        if let Some(seconds) = self.retry_after() {
            extensions["retryAfter"] = seconds.into();
        }
        json!({ "message": self.message(), "extensions": extensions })
    }

    /// Writes when to try again (RFC 9110, section 10.2.3).
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.extend(self.retry_after().map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
    }
}

impl Level {
    /// Writes the policy and what is left of it. Units are of cost, for which the draft has no name.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let window = self.policy.window().div_ceil(1_000_000);
        let policy = format!("\"cost\";q={};w={window}", self.policy.capacity);
        let left = format!("\"cost\";r={};t={}", self.remaining(), self.full_in());
        let value = |text| HeaderValue::try_from(text).ok();
        headers.extend(value(policy).map(|value| (RATE_LIMIT_POLICY, value)));
        headers.extend(value(left).map(|value| (RATE_LIMIT, value)));
    }
}
