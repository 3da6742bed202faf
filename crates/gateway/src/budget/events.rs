//! What the events of a subscription cost, measured and taken from the budget of its client one by one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use federation::{Engine, Measured, Prepared, Response};
use futures::stream::{self, BoxStream, StreamExt};
use tokio::time::{Instant, sleep_until};

use super::spent::measure;
use super::{Asked, Overspent, Price, Spender, Spent, take};
use crate::app::Gateway;
use crate::context::RequestContext;
use crate::shared::Shared;

/// Knows what the events of one subscription cost, and pays for them if its client has a budget.
pub(crate) struct Subscriber {
    engine: Arc<Engine>,
    measured: Measured,
    purse: Option<Purse>,
}

/// What events are paid from. What was taken when the subscription opened is the price of the first.
struct Purse {
    shared: Arc<Shared>,
    spender: Spender,
    asked: Asked,
    opening: Option<Spent>,
    patience: Duration,
}

impl Subscriber {
    /// Who pays for the events of a subscription that was opened; `None` where there is no budget, or events cost nothing,
    /// unless the client is told what they cost.
    pub(crate) fn new(
        gateway: &Gateway,
        prepared: &Prepared,
        context: &RequestContext,
        opening: Option<Spent>,
        is_told: bool,
    ) -> Option<Self> {
        let purse = opening.zip(context.spender).map(|(opening, spender)| Purse {
            shared: gateway.shared.clone(),
            spender,
            asked: Asked::of(prepared, context),
            opening: Some(opening),
            patience: gateway.subscriptions.budget_wait.0,
        });
        let engine = gateway.view_of(context).engine.clone();
        (is_told || purse.is_some()).then(|| Self { engine, measured: prepared.measured(), purse })
    }

    /// Takes what an event costs, once it is there to be taken; how much that is.
    ///
    /// # Errors
    /// When it will not be there in time.
    async fn pay(&mut self, event: &Bytes) -> Result<Option<u64>, Overspent> {
        let cost = measure(&self.engine, &self.measured, event).await;
        if let (Some(purse), Some(cost)) = (&mut self.purse, cost) {
            purse.take(cost).await?;
        }
        Ok(cost)
    }
}

impl Purse {
    async fn take(&mut self, cost: u64) -> Result<(), Overspent> {
        if let Some(opening) = self.opening.take() {
            opening.settle_by(cost);
            return Ok(());
        }
        if cost == 0 {
            return Ok(());
        }
        let until = Instant::now() + self.patience;
        loop {
            let overspent = match take(&self.shared, self.spender, Price::Event(cost), &self.asked).await {
                Ok(_) => return Ok(()),
                Err(overspent) => overspent,
            };
            match overspent.wait().map(|wait| Instant::now() + wait).filter(|then| *then <= until) {
                Some(then) => sleep_until(then).await,
                None => return Err(overspent),
            }
        }
    }
}

/// Responses to events as they are paid for, with what each costs as far as somebody wants to know: one that is not paid for
/// ends the stream. Nothing is asked of the subgraph while one waits.
pub(crate) fn paid(
    responses: BoxStream<'static, Response>,
    subscriber: Option<Subscriber>,
) -> BoxStream<'static, Result<(Response, Option<u64>), Overspent>> {
    let Some(subscriber) = subscriber else { return responses.map(|response| Ok((response, None))).boxed() };
    let next = async |state: Option<(BoxStream<'static, Response>, Subscriber)>| {
        let (mut responses, mut subscriber) = state?;
        let response = responses.next().await?;
        Some(match subscriber.pay(&response.body).await {
            Ok(cost) => (Ok((response, cost)), Some((responses, subscriber))),
            Err(overspent) => (Err(overspent), None),
        })
    };
    stream::unfold(Some((responses, subscriber)), next).boxed()
}
