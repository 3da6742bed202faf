//! What a query asks for, to tell equal ones by after they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Engine, Prepared};
use crate::operation::CoercedVariables;
use crate::plan::query_plan::OperationKind;

/// Everything that decides the answer to a query but for the data, and for whom subgraphs are asked: the schema,
/// the operation, its variables, and what was decided about the request (which rules of access are met, which labels of
/// overrides are set). Holds no plan; questions of all engines of a process can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    plan: PlanId,
    variables: Arc<CoercedVariables>,
}

/// Tells the plans of a process apart, kept or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlanId(u64);

impl PlanId {
    /// One that no other plan has.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Question {
    /// About how many bytes it takes in memory.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.variables.weight()
    }
}

impl Engine {
    /// What a query asks for; `None` for what is no query, asks no subgraph, or asks one on behalf of itself alone (see
    /// [`Transport::audience`](crate::execute::Transport::audience)).
    pub fn question(&self, prepared: &Prepared) -> Option<Question> {
        if prepared.kind != OperationKind::Query || prepared.planned.program.plan.fetches.is_empty() {
            return None;
        }
        self.audiences(prepared)?;
        Some(Question { plan: prepared.planned.id, variables: prepared.variables.clone() })
    }
}
