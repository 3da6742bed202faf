//! What clients may spend in the course of time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// The fastest refill, in units of cost a minute: beyond it a unit is too short a time to be counted well.
const MAX_PER_MINUTE: u64 = 10_000_000;

/// How many minutes of refill a budget holds at most: it is forgotten a while after it is full again.
const MAX_MINUTES: u64 = 60;

/// How much the operations of one client may cost in the course of time: a caller of its own subject, or one without a
/// token by its address. With `redis` all gateways count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// The units of cost that come back each minute, evenly.
    pub per_minute: u64,
    /// The most units that a client can have at once. Defaults to those of a minute.
    #[serde(default)]
    pub capacity: Option<u64>,
}

impl BudgetConfig {
    /// A budget that holds what comes back in a minute.
    #[must_use]
    pub const fn per_minute(per_minute: u64) -> Self {
        Self { per_minute, capacity: None }
    }

    pub(super) fn check(self, key: &str, problems: &mut Vec<Problem>) {
        let Self { per_minute, capacity } = self;
        if !(1..=MAX_PER_MINUTE).contains(&per_minute) {
            let message = format!("must be 1 to {MAX_PER_MINUTE}");
            problems.push(Problem::of_key(format!("{key}.per_minute"), message));
            return;
        }
        let max = per_minute * MAX_MINUTES;
        if capacity.is_some_and(|capacity| !(1..=max).contains(&capacity)) {
            let message = format!("must be 1 to {max}, what comes back in an hour");
            problems.push(Problem::of_key(format!("{key}.capacity"), message));
        }
    }
}
