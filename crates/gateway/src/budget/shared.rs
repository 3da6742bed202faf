//! Budgets that all gateways keep together, in Redis: [`changed`](super::bucket::changed) as one script, so that nobody comes
//! between reading and writing, by the clock of Redis, so that gateways need not agree on the time.

use std::sync::LazyLock;

use redis::Script;

use super::bucket::Change;
use super::ledger::{Kind, Slot};
use crate::hexadecimal::hexadecimal;
use crate::store::Store;

/// For each client the instant at which its budget is full, in microseconds of the epoch, until it is.
static CHANGE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window, change, may_refuse = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
local before = math.max(0, math.min(window, full_at - now))
local after = before + change
if may_refuse and after > window then return {0, before} end
after = math.max(0, math.min(window, after))
if after == 0 then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], string.format('%.0f', now + after), 'PX', math.ceil(after / 1000))
end
return {1, after}
",
    )
});

/// As [`Memory::change`](super::memory::Memory::change); `None` when Redis does not answer.
pub(super) async fn change(
    store: &Store,
    slot: Slot,
    window: u64,
    change: Change,
) -> Option<Result<u64, u64>> {
    let kind = match slot.kind {
        Kind::Enforced => "budget",
        Kind::Shadow => "budget-on-trial",
    };
    let key = store.key(kind, &hexadecimal(&slot.key));
    let (time, may_refuse) = match change {
        Change::Take(time) => (time.try_into().unwrap_or(i64::MAX), 1),
        Change::Settle(difference) => (difference, 0),
    };
    let window = i64::try_from(window).unwrap_or(i64::MAX);
    let (allowed, debt): (bool, u64) = store.run(&CHANGE, &key, &[window, time, may_refuse]).await?;
    Some(if allowed { Ok(debt) } else { Err(debt) })
}
