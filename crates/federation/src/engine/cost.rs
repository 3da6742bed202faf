//! What requests cost: by estimate before they run, and in fact.

use std::sync::{Arc, OnceLock};

use super::request::Refusal;
use super::{Engine, Prepared};
use crate::graph::Graph;
use crate::operation::{
    CoercedVariables, Cost, CostOptions, Limits, Meter, NormalOperation, OperationError, estimate_noting,
    measure_answer,
};

/// What a plan keeps of its operation so that costs can be told.
pub(super) struct Costed {
    operation: NormalOperation,
    options: CostOptions,
    /// The estimate, if it is the same whatever the variables are.
    fixed: OnceLock<Arc<Cost>>,
}

impl Costed {
    pub(super) fn new(operation: NormalOperation, options: CostOptions) -> Self {
        Self { operation, options, fixed: OnceLock::new() }
    }

    fn estimate(&self, graph: &Graph, variables: &CoercedVariables) -> Arc<Cost> {
        if let Some(fixed) = self.fixed.get() {
            return fixed.clone();
        }
        let (cost, depends) = estimate_noting(graph, &self.operation, variables, self.options);
        let cost = Arc::new(cost);
        // Another request may have been faster, with the same estimate.
        if depends { cost } else { self.fixed.get_or_init(|| cost).clone() }
    }

    /// Refuses what costs more than a limit.
    pub(super) fn check(
        &self,
        graph: &Graph,
        variables: &CoercedVariables,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        if limits.cost == u64::MAX {
            return Ok(());
        }
        let estimate = self.estimate(graph, variables);
        estimate.check(limits.cost).map_err(|error| Refusal::Operation(vec![error]))
    }
}

impl Engine {
    /// Whether costs are estimated, and limited: see [`Config::cost`](crate::Config::cost).
    pub fn estimates_costs(&self) -> bool {
        self.config.cost.is_some()
    }

    /// What a request costs at most, by estimate; `None` without [`Config::cost`](crate::Config::cost).
    pub fn estimate(&self, prepared: &Prepared) -> Option<Arc<Cost>> {
        Some(prepared.planned.costed.as_ref()?.estimate(&self.graph, &prepared.variables))
    }

    /// What a request did cost, by the response to it; `None` without [`Config::cost`](crate::Config::cost), and if
    /// the text is no response.
    pub fn measure(&self, prepared: &Measured, response: &[u8]) -> Option<u64> {
        let costed = prepared.planned.costed.as_ref()?;
        measure_answer(&self.graph, &costed.operation, &prepared.variables, response)
    }

    /// Counts what a request costs whose answer comes in several payloads; `None` without
    /// [`Config::cost`](crate::Config::cost).
    pub fn meter(&self, prepared: &Measured) -> Option<Meter> {
        let costed = prepared.planned.costed.as_ref()?;
        Some(Meter::new(&self.graph, &costed.operation, &prepared.variables))
    }

    /// The limits that a request exceeds, for limits that are not enforced.
    pub fn exceeded(&self, prepared: &Prepared, limits: &Limits) -> Vec<OperationError> {
        let mut exceeded = prepared.parsed.document.size().check(limits).err().unwrap_or_default();
        if limits.cost < u64::MAX {
            let cost = self.estimate(prepared);
            exceeded.extend(cost.and_then(|cost| cost.check(limits.cost).err()));
        }
        exceeded
    }
}

/// What [`Engine::measure`] needs to know of a request, which running it takes away.
#[derive(Clone)]
pub struct Measured {
    planned: Arc<super::Planned>,
    variables: Arc<CoercedVariables>,
}

impl Prepared {
    /// To measure the answer with.
    pub fn measured(&self) -> Measured {
        Measured { planned: self.planned.clone(), variables: self.variables.clone() }
    }
}

impl std::fmt::Debug for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measured").finish_non_exhaustive()
    }
}
