//! What the events of a subscription cost, taken from the budget of its client one by one.

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

/// Pays for the events of one subscription. What was taken when it opened is the price of the first.
pub(crate) struct Subscriber {
    shared: Arc<Shared>,
    engine: Arc<Engine>,
    measured: Measured,
    spender: Spender,
    asked: Asked,
    opening: Option<Spent>,
    patience: Duration,
}

impl Subscriber {
    /// Who pays for the events of a subscription that was opened; `None` where there is no budget, or events cost nothing.
    pub(crate) fn new(
        gateway: &Gateway,
        prepared: &Prepared,
        context: &RequestContext,
        opening: Option<Spent>,
    ) -> Option<Self> {
        let opening = opening?;
        Some(Self {
            shared: gateway.shared.clone(),
            engine: opening.engine.clone(),
            measured: prepared.measured(),
            spender: context.spender?,
            asked: Asked::of(prepared, context),
            opening: Some(opening),
            patience: gateway.subscriptions.budget_wait.0,
        })
    }

    /// Takes what an event costs, once it is there to be taken.
    ///
    /// # Errors
    /// When it will not be there in time.
    async fn pay(&mut self, event: &Bytes) -> Result<(), Overspent> {
        let Some(cost) = measure(&self.engine, &self.measured, event).await else { return Ok(()) };
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

/// Responses to events as they are paid for: one that is not ends the stream. Nothing is asked of the subgraph while one
/// waits.
pub(crate) fn paid(
    responses: BoxStream<'static, Response>,
    subscriber: Option<Subscriber>,
) -> BoxStream<'static, Result<Response, Overspent>> {
    let Some(subscriber) = subscriber else { return responses.map(Ok).boxed() };
    let next = async |state: Option<(BoxStream<'static, Response>, Subscriber)>| {
        let (mut responses, mut subscriber) = state?;
        let response = responses.next().await?;
        Some(match subscriber.pay(&response.body).await {
            Ok(()) => (Ok(response), Some((responses, subscriber))),
            Err(overspent) => (Err(overspent), None),
        })
    };
    stream::unfold(Some((responses, subscriber)), next).boxed()
}
