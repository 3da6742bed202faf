//! How much of a budget is left: the generic cell rate algorithm (ITU-T I.371, annex A), which keeps one number for each
//! client, the instant at which its budget is full again.
//!
//! Spending a unit moves that instant on by the time in which a unit comes back, giving back moves it to the front. Time is
//! counted in whole microseconds: a cost is rounded down and what a budget holds is rounded up, so that no rounding keeps
//! a client from what it has.

use crate::config::BudgetConfig;

/// Microseconds.
type Micros = u64;

const MINUTE: u128 = 60_000_000;
const SECOND: Micros = 1_000_000;

/// What a client may spend: how much comes back in a minute, and how much there is at most, in units of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) per_minute: u64,
    pub(crate) capacity: u64,
}

impl From<BudgetConfig> for Policy {
    fn from(config: BudgetConfig) -> Self {
        let BudgetConfig { per_minute, capacity } = config;
        Self { per_minute, capacity: capacity.unwrap_or(per_minute) }
    }
}

impl Policy {
    /// The time in which as much comes back as something costs.
    pub(super) fn time_of(self, cost: u64) -> Micros {
        clipped(u128::from(cost) * MINUTE / u128::from(self.per_minute))
    }

    /// The time in which an empty budget is full again.
    pub(super) fn window(self) -> Micros {
        clipped((u128::from(self.capacity) * MINUTE).div_ceil(u128::from(self.per_minute)))
    }

    /// Of each number the larger.
    pub(super) fn looser(self, other: Self) -> Self {
        Self {
            per_minute: self.per_minute.max(other.per_minute),
            capacity: self.capacity.max(other.capacity),
        }
    }
}

fn clipped(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What is to become of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// So much is spent, if it is there.
    Take(Micros),
    /// So much more, or less, was spent than was taken, as far as there is that much to take or to give back.
    Settle(i64),
}

/// How long a budget takes to be full again after a change, from how long it took before; `Err` when there is not enough.
pub(super) fn changed(debt: Micros, window: Micros, change: Change) -> Result<Micros, Micros> {
    let debt = debt.min(window);
    match change {
        Change::Take(time) => {
            let after = debt.saturating_add(time);
            if after <= window { Ok(after) } else { Err(debt) }
        }
        Change::Settle(difference) => Ok(debt.saturating_add_signed(difference).min(window)),
    }
}

/// What a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) policy: Policy,
    /// How long it takes until the budget is full.
    pub(super) debt: Micros,
}

impl Level {
    /// The units that can be spent.
    pub(crate) fn remaining(self) -> u64 {
        let time = self.policy.window().saturating_sub(self.debt);
        clipped(u128::from(time) * u128::from(self.policy.per_minute) / MINUTE).min(self.policy.capacity)
    }

    /// In how many seconds, at most, the budget is full.
    pub(crate) fn full_in(self) -> u64 {
        self.debt.div_ceil(SECOND)
    }

    /// In how many microseconds something can be spent; `None` if it never can.
    pub(super) fn wait_for(self, cost: u64) -> Option<Micros> {
        let missing =
            self.debt.saturating_add(self.policy.time_of(cost)).saturating_sub(self.policy.window());
        (cost <= self.policy.capacity).then_some(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn policy(per_minute: u64, capacity: u64) -> Policy {
        Policy { per_minute, capacity }
    }

    /// What is done to a budget.
    enum Step {
        /// Something is spent, and this much is left.
        Spent(u64, u64),
        /// Something cannot be spent for so many microseconds.
        Refused(u64, u64),
        /// It is more than the budget holds.
        Never(u64),
        /// More was spent, or less, and this much is left.
        Settled(i64, u64),
        /// Microseconds pass.
        Passed(u64),
    }
    use Step::{Never, Passed, Refused, Settled, Spent};

    #[test]
    fn budgets_are_spent_and_come_back() {
        let cases: [(Policy, &[Step]); 9] = [
            // A unit a second.
            (policy(60, 60), &[Spent(60, 0), Refused(1, 1_000_000), Passed(999_999), Refused(1, 1)]),
            (policy(60, 60), &[Spent(60, 0), Passed(1_000_000), Spent(1, 0), Refused(60, 60_000_000)]),
            (policy(60, 60), &[Spent(10, 50), Passed(3_500_000), Spent(0, 53), Never(61)]),
            // Full is full, however long nothing is spent.
            (policy(60, 60), &[Spent(60, 0), Passed(u64::MAX / 2), Spent(0, 60)]),
            // A refusal takes nothing.
            (policy(60, 10), &[Spent(8, 2), Refused(3, 1_000_000), Spent(2, 0)]),
            // Less was spent, or more, but there are not less than none and not more than all.
            (policy(60, 60), &[Spent(50, 10), Settled(-45, 55), Settled(-45, 60), Settled(70, 0), Never(70)]),
            // More than a minute's worth can be held.
            (policy(60, 600), &[Spent(600, 0), Passed(60_000_000), Spent(60, 0)]),
            // Neither does a unit that takes no whole number of microseconds keep the last one away, nor is there one more.
            (
                policy(7, 7),
                &[Spent(1, 6), Spent(1, 5), Spent(3, 2), Spent(1, 1), Spent(1, 0), Refused(1, 8_571_425)],
            ),
            (policy(10_000_000, 3), &[Spent(1, 2), Spent(1, 1), Spent(1, 0), Refused(3, 18)]),
        ];
        for (number, (policy, steps)) in cases.into_iter().enumerate() {
            let mut debt = 0;
            for (step, done) in steps.iter().enumerate() {
                let place = format!("case {number}, step {step}");
                let level = |debt| Level { policy, debt };
                let mut change = |change| changed(debt, policy.window(), change).map(|after| debt = after);
                match *done {
                    Spent(cost, left) => {
                        assert!(change(Change::Take(policy.time_of(cost))).is_ok(), "{place}");
                        assert_eq!(level(debt).remaining(), left, "{place}");
                    }
                    Refused(cost, wait) => {
                        assert!(change(Change::Take(policy.time_of(cost))).is_err(), "{place}");
                        assert_eq!(level(debt).wait_for(cost), Some(wait), "{place}");
                    }
                    Never(cost) => {
                        assert!(change(Change::Take(policy.time_of(cost))).is_err(), "{place}");
                        assert_eq!(level(debt).wait_for(cost), None, "{place}");
                    }
                    Settled(cost, left) => {
                        let time = policy.time_of(cost.unsigned_abs()).cast_signed() * cost.signum();
                        assert!(change(Change::Settle(time)).is_ok(), "{place}");
                        assert_eq!(level(debt).remaining(), left, "{place}");
                    }
                    Passed(time) => debt = debt.saturating_sub(time),
                }
            }
        }
    }

    #[test]
    fn instants_are_told_in_whole_seconds_that_suffice() {
        for (debt, seconds) in [(0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(Level { policy: policy(60, 60), debt }.full_in(), seconds, "{debt}");
        }
    }

    #[test]
    fn what_holds_less_than_before_owes_no_more_than_it_holds() {
        assert_eq!(changed(60, 10, Change::Take(1)), Err(10));
        assert_eq!(changed(60, 10, Change::Settle(-4)), Ok(6));
    }

    #[test]
    fn of_several_budgets_each_number_is_the_larger() {
        assert_eq!(policy(10, 100).looser(policy(20, 50)), policy(20, 100));
        let short = BudgetConfig::per_minute(30);
        assert_eq!(Policy::from(short), policy(30, 30));
        assert_eq!(Policy::from(BudgetConfig { capacity: Some(5), ..short }), policy(30, 5));
    }
}
