//! What was taken for an operation, until it is known what it did cost.

use std::sync::Arc;

use bytes::Bytes;
use federation::{Engine, Measured};

use super::Overspent;
use super::ledger::Taken;
use crate::shared::Shared;

/// An answer of which this much is read takes a thread of its own to be measured.
const LARGE: usize = 256 * 1024;

/// What was taken for an operation. Dropped, the estimate stands.
pub(crate) struct Spent {
    pub(super) shared: Arc<Shared>,
    pub(super) engine: Arc<Engine>,
    pub(super) measured: Measured,
    pub(super) estimate: u64,
    pub(super) taken: Vec<Taken>,
    /// What a budget that is not enforced had too little for.
    pub(super) shadow: Option<Overspent>,
}

impl Spent {
    /// What a budget that is not enforced had too little for.
    pub(crate) fn shadow(&self) -> Option<&Overspent> {
        self.shadow.as_ref()
    }

    /// What the operation costs by estimate.
    pub(super) fn estimate(&self) -> u64 {
        self.estimate
    }

    /// Corrects what was taken by the answer, while others go on with it.
    pub(crate) fn settle(self, answer: &Bytes) {
        let answer = answer.clone();
        tokio::spawn(async move {
            let Self { shared, engine, measured, taken, .. } = self;
            if let Some(actual) = measure(&engine, &measured, &answer).await {
                shared.settle(taken, actual).await;
            }
        });
    }

    /// Corrects what was taken by what it did cost, while others go on.
    pub(super) fn settle_by(self, actual: u64) {
        // Nobody goes on where there is no runtime any more.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { self.shared.settle(self.taken, actual).await });
        }
    }
}

/// What a response did cost.
pub(super) async fn measure(engine: &Arc<Engine>, measured: &Measured, response: &Bytes) -> Option<u64> {
    if response.len() < LARGE {
        return engine.measure(measured, response);
    }
    let (engine, measured, response) = (engine.clone(), measured.clone(), response.clone());
    tokio::task::spawn_blocking(move || engine.measure(&measured, &response)).await.ok().flatten()
}

impl Shared {
    pub(super) async fn settle(&self, taken: Vec<Taken>, actual: u64) {
        for took in taken {
            self.ledger.settle(self.store.get(), took, actual).await;
        }
    }
}
