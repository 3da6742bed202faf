//! Where budgets are kept.

use super::bucket::{Change, Level, Policy};
use super::memory::Memory;
use super::spender::Key;

/// What a budget is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Enforced,
    /// Only reported.
    Shadow,
}

/// One client's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) kind: Kind,
    pub(super) key: Key,
}

/// What all clients have spent.
#[derive(Default)]
pub(crate) struct Ledger {
    memory: Memory,
}

impl Ledger {
    /// Takes a cost from a budget; what is left, or `Err` with what there is when that is not enough.
    pub(super) async fn take(&self, slot: Slot, policy: Policy, cost: u64) -> Result<Level, Level> {
        let level = |debt| Level { policy, debt };
        let taken = self.change(slot, policy, Change::Take(policy.time_of(cost))).await;
        taken.map(level).map_err(level)
    }

    /// Takes, or gives back, what an operation did cost more, or less, than was taken for it.
    pub(super) async fn settle(&self, slot: Slot, policy: Policy, taken: u64, actual: u64) {
        let time = |cost| i64::try_from(policy.time_of(cost)).unwrap_or(i64::MAX);
        // There is nothing that this could fail for.
        let _ = self.change(slot, policy, Change::Settle(time(actual) - time(taken))).await;
    }

    async fn change(&self, slot: Slot, policy: Policy, change: Change) -> Result<u64, u64> {
        self.memory.change(slot, policy.window(), change)
    }
}
