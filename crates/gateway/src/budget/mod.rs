//! Budgets of clients in the course of time: the estimated cost of an operation is taken before it runs, and corrected by
//! what it did cost.
//!
//! [`spender`] says whose budget it is, [`policies`] how large, [`bucket`] counts, and the [`ledger`] keeps what is
//! counted. `docs/limits.md` describes all of it for users.

mod bucket;
mod ledger;
mod memory;
mod overspent;
mod policies;
mod shared;
mod spender;

use std::sync::Arc;

use bytes::Bytes;
use federation::operation::Cost;
use federation::{Engine, Measured, Prepared};

pub(crate) use self::bucket::Level;
use self::bucket::Policy;
pub(crate) use self::ledger::Ledger;
use self::ledger::{Kind, Slot, Taken};
pub(crate) use self::overspent::{Overspent, RATE_LIMIT, RATE_LIMIT_POLICY};
pub(crate) use self::spender::{Budgets, Spender};
use crate::app::Gateway;
use crate::context::RequestContext;
use crate::shared::Shared;
use crate::telemetry::{Account, metrics, spending};

/// The code of the refusal.
pub(crate) const CODE: &str = "BUDGET_EXCEEDED";

/// An answer of which this much is read takes a thread of its own to be measured.
const LARGE: usize = 256 * 1024;

/// What was taken for an operation, until it is known what it did cost. Dropped, the estimate stands.
pub(crate) struct Spent {
    shared: Arc<Shared>,
    engine: Arc<Engine>,
    measured: Measured,
    taken: Vec<Taken>,
}

/// Takes what an operation costs by estimate; `None` where it costs nothing, or there is no budget.
///
/// # Errors
/// When its client has not as much left; nothing was taken then.
pub(crate) async fn spend(
    gateway: &Gateway,
    prepared: &Prepared,
    context: &RequestContext,
) -> Result<Option<Spent>, Overspent> {
    let Some(spender) = context.spender else { return Ok(None) };
    let engine = &gateway.view(&context.caller).engine;
    let Some(cost) = engine.estimate(prepared).filter(|cost| cost.total > 0) else { return Ok(None) };
    let taking = take(gateway, prepared, context, spender, &cost);
    // Apart from the rest of a request, which is the smaller for those that have no budget.
    let taken = Box::pin(taking).await?;
    Ok(Some(Spent {
        shared: gateway.shared.clone(),
        engine: engine.clone(),
        measured: prepared.measured(),
        taken,
    }))
}

async fn take(
    gateway: &Gateway,
    prepared: &Prepared,
    context: &RequestContext,
    spender: Spender,
    cost: &Cost,
) -> Result<Vec<Taken>, Overspent> {
    let Shared { ledger, store, .. } = &*gateway.shared;
    let store = store.get();
    let taking = async |kind, policy: Option<Policy>| {
        let slot = Slot { kind, key: spender.key };
        Some(ledger.take(store, slot, policy?, cost.total).await)
    };
    let enforced = taking(Kind::Enforced, spender.enforced);
    let (enforced, shadow) = futures::join!(enforced, taking(Kind::Shadow, spender.shadow));
    let mut taken = Vec::new();
    match shadow {
        Some(Ok((_, took))) => taken.push(took),
        Some(Err(level)) => report(prepared, context, &Overspent::new(level, cost)),
        None => {}
    }
    if let Some(outcome) = enforced {
        spending::budgeted(outcome.is_ok());
        let (Ok((level, _)) | Err(level)) = outcome;
        if let Some(account) = Account::current() {
            account.note_budget(level);
        }
        match outcome {
            Ok((_, took)) => taken.push(took),
            Err(level) => {
                give_back(gateway, taken);
                return Err(Overspent::new(level, cost));
            }
        }
    }
    Ok(taken)
}

/// Gives back what was taken for an operation that does not run.
fn give_back(gateway: &Gateway, taken: Vec<Taken>) {
    if !taken.is_empty() {
        let shared = gateway.shared.clone();
        tokio::spawn(async move { shared.settle(taken, 0).await });
    }
}

impl Shared {
    async fn settle(&self, taken: Vec<Taken>, actual: u64) {
        for took in taken {
            self.ledger.settle(self.store.get(), took, actual).await;
        }
    }
}

/// Logs and counts what a budget that is not enforced would refuse.
fn report(prepared: &Prepared, context: &RequestContext, overspent: &Overspent) {
    metrics::shadow_exceeded(CODE);
    tracing::info!(
        target: "gateway::limits",
        request_id = %context.forwarded().request_id, operation = prepared.name(), code = CODE,
        reason = overspent.message(), "a limit that is not enforced is exceeded"
    );
}

impl Spent {
    /// Corrects what was taken by the answer, while others go on with it.
    pub(crate) fn settle(self, answer: &Bytes) {
        let answer = answer.clone();
        tokio::spawn(async move {
            let Self { shared, engine, measured, taken } = self;
            let is_small = answer.len() < LARGE;
            let measure = move || engine.measure(&measured, &answer);
            let actual =
                if is_small { measure() } else { tokio::task::spawn_blocking(measure).await.ok().flatten() };
            if let Some(actual) = actual {
                shared.settle(taken, actual).await;
            }
        });
    }
}
