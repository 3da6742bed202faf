//! What a query asks for, to tell equal ones by after they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::cache::PlanKey;
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

impl Prepared {
    /// A hash (SHA-256) of everything that decides the answer beside the schema and the data, as a [`Question`] does, but the
    /// same in every process. `document` is the text that was prepared.
    pub fn digest(&self, document: &str) -> [u8; 32] {
        let PlanKey { document: _, operation, conditions, access, labels, deferred } = &self.planned.key;
        let mut digest = Sha256::new();
        // With their lengths before them, parts can be read in one way only.
        let mut add = |part: &[u8]| {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        };
        add(document.as_bytes());
        add(operation.as_deref().unwrap_or_default().as_bytes());
        for mask in [conditions, access, labels] {
            add(&mask.words().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>());
        }
        add(&[u8::from(*deferred)]);
        for (name, value) in self.variables.iter() {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        digest.finalize().into()
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
