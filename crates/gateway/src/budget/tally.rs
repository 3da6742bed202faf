//! What an answer in several payloads costs, counted while it is delivered.

use federation::execute::Payload;
use federation::operation::Meter;
use federation::{Engine, Measured};

use super::Spent;

/// Counts an answer's payloads. When the last is there, what was taken for the operation is corrected by their sum. If the
/// client leaves before, the estimate stands, as for an answer in one piece, or what came if that is more.
pub(crate) struct Tally {
    meter: Option<Meter>,
    spent: Option<Spent>,
}

impl Tally {
    pub(crate) fn new(engine: &Engine, measured: &Measured, spent: Option<Spent>) -> Self {
        Self { meter: engine.meter(measured), spent }
    }

    /// Counts a payload; the cost of the answer if it is the last.
    pub(crate) fn add(&mut self, payload: &Payload) -> Option<u64> {
        let meter = self.meter.as_mut()?;
        if !meter.add(&payload.body) {
            // The engine writes what it can read; without a sum the estimate stands.
            tracing::error!("a payload cannot be measured");
            self.meter = None;
            return None;
        }
        let cost = meter.cost();
        if payload.has_next {
            return None;
        }
        self.meter = None;
        if let Some(spent) = self.spent.take() {
            spent.settle_by(cost);
        }
        Some(cost)
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let came = self.meter.as_ref().map_or(0, Meter::cost);
        if let Some(spent) = self.spent.take_if(|spent| came > spent.estimate()) {
            spent.settle_by(came);
        }
    }
}
