//! Budgets that one process keeps for itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::bucket::{Change, changed};
use super::ledger::Slot;

/// The most clients that are remembered; those that ask seldom are forgotten first.
const MAX_CLIENTS: u64 = 100_000;

/// Longer than any budget takes to be full again.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(61 * 60);

/// For each client the instant at which its budget is full, in microseconds since `epoch`.
pub(super) struct Memory {
    epoch: Instant,
    clients: Cache<Slot, Arc<AtomicU64>>,
}

impl Default for Memory {
    fn default() -> Self {
        let clients = Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(FORGOTTEN_AFTER).build();
        Self { epoch: Instant::now(), clients }
    }
}

impl Memory {
    /// Changes a budget that is full after `window` microseconds at most, and tells how long it takes to be; `Err` when
    /// there is not enough.
    pub(super) fn change(&self, slot: Slot, window: u64, change: Change) -> Result<u64, u64> {
        let now = u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
        let full_at = self.clients.get_with(slot, Arc::default);
        let mut before = full_at.load(Ordering::Relaxed);
        loop {
            let after = changed(before.saturating_sub(now), window, change)?;
            let at = now.saturating_add(after);
            match full_at.compare_exchange_weak(before, at, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(after),
                Err(present) => before = present,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::ledger::Kind;

    #[test]
    fn what_many_take_at_once_is_taken_once() {
        let memory = Memory::default();
        // A unit in an hour, so that none comes back meanwhile.
        let (unit, slot) = (3_600_000_000, Slot { kind: Kind::Enforced, key: [7; 16] });
        let granted = std::thread::scope(|scope| {
            let take = || memory.change(slot, 100 * unit, Change::Take(unit)).is_ok();
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(move || (0..50).filter(|_| take()).count())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(granted, 100);
        let other = Slot { key: [8; 16], ..slot };
        assert!(memory.change(other, unit, Change::Take(unit)).is_ok(), "everybody has a budget");
        let shadow = Slot { kind: Kind::Shadow, ..slot };
        assert!(memory.change(shadow, unit, Change::Take(unit)).is_ok(), "what is on trial is counted apart");
    }
}
