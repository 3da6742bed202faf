//! Budgets of clients in the course of time: the estimated cost of an operation is taken before it runs, and corrected by
//! what it did cost.
//!
//! [`spender`] says whose budget it is, [`policies`] how large, [`bucket`] counts, and the [`ledger`] keeps what is
//! counted; [`spent`], [`tally`] and [`events`] correct it by an answer in one piece, in several, and by events.
//! `docs/limits.md` describes all of it for users.

mod bucket;
mod events;
mod ledger;
mod memory;
mod overspent;
mod policies;
mod shared;
mod spender;
mod spent;
mod tally;

use std::sync::Arc;

use federation::Prepared;

pub(crate) use self::bucket::Level;
use self::bucket::Policy;
pub(crate) use self::events::{Subscriber, paid};
pub(crate) use self::ledger::Ledger;
use self::ledger::{Kind, Slot, Taken};
use self::overspent::Price;
pub(crate) use self::overspent::{Overspent, RATE_LIMIT, RATE_LIMIT_POLICY};
pub(crate) use self::spender::{Budgets, Spender};
pub(crate) use self::spent::Spent;
pub(crate) use self::tally::Tally;
use crate::app::Gateway;
use crate::context::RequestContext;
use crate::shared::Shared;
use crate::telemetry::{Account, metrics, spending};

/// The code of the refusal.
pub(crate) const CODE: &str = "BUDGET_EXCEEDED";

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
    let engine = &gateway.view_of(context).engine;
    let Some(cost) = engine.estimate(prepared).filter(|cost| cost.total > 0) else { return Ok(None) };
    // Apart from the rest of a request, which is the smaller for those that have no budget.
    Box::pin(async move {
        let asked = Asked::of(prepared, context);
        let (taken, shadow) = take(&gateway.shared, spender, Price::Operation(&cost), &asked).await?;
        Ok(Some(Spent {
            shared: gateway.shared.clone(),
            engine: engine.clone(),
            measured: prepared.measured(),
            estimate: cost.total,
            taken,
            shadow,
        }))
    })
    .await
}

/// What was asked for, as the log tells it.
struct Asked {
    request_id: Arc<str>,
    operation: Option<Arc<str>>,
}

impl Asked {
    fn of(prepared: &Prepared, context: &RequestContext) -> Self {
        Self { request_id: context.forwarded().request_id.clone(), operation: prepared.name().map(Arc::from) }
    }
}

/// Takes a price from the budgets of a client; also what the one that is not enforced had too little for.
async fn take(
    shared: &Arc<Shared>,
    spender: Spender,
    price: Price<'_>,
    asked: &Asked,
) -> Result<(Vec<Taken>, Option<Overspent>), Overspent> {
    let Shared { ledger, store, .. } = &**shared;
    let store = store.get();
    let taking = async |kind, policy: Option<Policy>| {
        let slot = Slot { kind, key: spender.key };
        Some(ledger.take(store, slot, policy?, price.total()).await)
    };
    let enforced = taking(Kind::Enforced, spender.enforced);
    let (enforced, shadow) = futures::join!(enforced, taking(Kind::Shadow, spender.shadow));
    let (mut taken, mut exceeded) = (Vec::new(), None);
    match shadow {
        Some(Ok((_, took))) => taken.push(took),
        Some(Err(level)) => exceeded = Some(Overspent::new(level, price)),
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
                give_back(shared, taken);
                return Err(Overspent::new(level, price));
            }
        }
    }
    if let Some(overspent) = &exceeded {
        report(asked, overspent);
    }
    Ok((taken, exceeded))
}

/// Gives back what was taken for what does not run.
fn give_back(shared: &Arc<Shared>, taken: Vec<Taken>) {
    if !taken.is_empty() {
        let shared = shared.clone();
        tokio::spawn(async move { shared.settle(taken, 0).await });
    }
}

/// Logs and counts what a budget that is not enforced would refuse.
fn report(asked: &Asked, overspent: &Overspent) {
    metrics::shadow_exceeded(CODE);
    let Asked { request_id, operation } = asked;
    tracing::info!(
        target: "gateway::limits",
        %request_id, operation = operation.as_deref(), code = CODE, reason = overspent.message(),
        "a limit that is not enforced is exceeded"
    );
}
