//! Where budgets are kept.

use super::bucket::{Change, Level, Policy};
use super::memory::Memory;
use super::shared;
use super::spender::Key;
use crate::store::Store;
use crate::telemetry::spending;

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

/// Who keeps a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeper {
    /// All gateways together.
    All,
    /// This gateway for itself.
    This,
}

/// What was taken.
#[derive(Debug)]
pub(super) struct Taken {
    slot: Slot,
    policy: Policy,
    keeper: Keeper,
    cost: u64,
}

/// What all clients have spent, as far as this gateway keeps it.
#[derive(Default)]
pub(crate) struct Ledger {
    memory: Memory,
}

impl Ledger {
    /// Takes a cost from a budget: what is left with what was taken, or `Err` with what there is when that is not enough.
    /// Where gateways keep budgets together and cannot, this one goes on by itself.
    pub(super) async fn take(
        &self,
        store: Option<&Store>,
        slot: Slot,
        policy: Policy,
        cost: u64,
    ) -> Result<(Level, Taken), Level> {
        let (window, change) = (policy.window(), Change::Take(policy.time_of(cost)));
        let together = match store {
            Some(store) => shared::change(store, slot, window, change).await,
            None => None,
        };
        let (keeper, outcome) = match together {
            Some(outcome) => (Keeper::All, outcome),
            None => {
                if store.is_some() {
                    spending::budget_fell_back();
                }
                (Keeper::This, self.memory.change(slot, window, change))
            }
        };
        let level = |debt| Level { policy, debt };
        match outcome {
            Ok(debt) => Ok((level(debt), Taken { slot, policy, keeper, cost })),
            Err(debt) => Err(level(debt)),
        }
    }

    /// Takes, or gives back, what an operation did cost more, or less, than was taken for it. What cannot be given back
    /// where it was taken comes back by itself.
    pub(super) async fn settle(&self, store: Option<&Store>, taken: Taken, actual: u64) {
        let Taken { slot, policy, keeper, cost } = taken;
        if actual == cost {
            return;
        }
        let time = |cost| i64::try_from(policy.time_of(cost)).unwrap_or(i64::MAX);
        let (window, change) = (policy.window(), Change::Settle(time(actual) - time(cost)));
        // Settling is never refused.
        match (keeper, store) {
            (Keeper::All, Some(store)) => {
                let _ = shared::change(store, slot, window, change).await;
            }
            _ => {
                let _ = self.memory.change(slot, window, change);
            }
        }
    }
}
