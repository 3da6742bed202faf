//! What is kept between requests: parsed documents and plans. Neither holds request data.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use ahash::RandomState;
use apollo_compiler::Node;
use apollo_compiler::executable::Field;
use moka::sync::Cache;

use super::cost::Costed;
use super::question::PlanId;
use super::request::Refusal;
use crate::execute::Program;
use crate::graph::AccessId;
use crate::operation::{CachePolicy, Document, Mask};
use crate::plan::QueryPlan;

/// A parsed document.
pub(super) struct Parsed {
    pub(super) document: Document,
    /// By operation, the rules of access that can matter to it.
    pub(super) access: Vec<Vec<AccessId>>,
    /// By operation, how long its answer may be kept.
    pub(super) policies: Vec<Option<CachePolicy>>,
    /// Tells documents apart in the keys of plans.
    pub(super) id: u64,
    weight: u32,
}

/// What a document says, before it is kept.
pub(super) struct Judged {
    pub(super) document: Document,
    pub(super) access: Vec<Vec<AccessId>>,
    pub(super) policies: Vec<Option<CachePolicy>>,
}

/// A plan that is ready to run.
pub(super) struct Planned {
    pub(super) id: PlanId,
    /// What it was made for.
    pub(super) key: PlanKey,
    pub(super) program: Arc<Program>,
    /// The `__schema` and `__type` fields it answers.
    pub(super) introspection: Vec<Vec<Node<Field>>>,
    /// The answer to those, if it does not depend on variables.
    pub(super) introspected: OnceLock<Arc<[String]>>,
    /// To tell costs with, if anybody asks for them.
    pub(super) costed: Option<Costed>,
    /// How many requests had this plan.
    pub(super) uses: AtomicU64,
}

/// How much an engine keeps between requests, by estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Documents.
    pub documents: u64,
    /// The memory they take.
    pub document_bytes: u64,
    /// Plans.
    pub plans: u64,
    /// The memory they take.
    pub plan_bytes: u64,
}

/// Which plan: a document, an operation of it, and everything decided about the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlanKey {
    pub(super) document: u64,
    pub(super) operation: Option<Box<str>>,
    /// Whether the variables of `@skip` and `@include` are true.
    pub(super) conditions: Mask,
    /// Whether the caller meets the rules of access that can matter.
    pub(super) access: Mask,
    /// Whether the labels of progressive overrides are set.
    pub(super) labels: Mask,
    /// Whether fragments are delivered later.
    pub(super) deferred: bool,
}

pub(super) struct Caches {
    documents: Cache<Arc<str>, Arc<Parsed>, RandomState>,
    plans: Cache<PlanKey, Arc<Planned>, RandomState>,
    next_document: AtomicU64,
    plans_made: AtomicU64,
}

impl Caches {
    pub(super) fn new(document_bytes: u64, plan_bytes: u64) -> Self {
        let documents = Cache::builder().max_capacity(document_bytes);
        let plans = Cache::builder().max_capacity(plan_bytes);
        Self {
            documents: documents
                .weigher(|_, parsed: &Arc<Parsed>| parsed.weight)
                .build_with_hasher(RandomState::new()),
            plans: plans
                .weigher(|_, planned: &Arc<Planned>| weight(planned))
                .build_with_hasher(RandomState::new()),
            next_document: AtomicU64::new(0),
            plans_made: AtomicU64::new(0),
        }
    }

    /// The document of a text, if it is kept.
    pub(super) fn known_document(&self, text: &str) -> Option<Arc<Parsed>> {
        self.documents.get(text)
    }

    /// The document of a text; parsed once, however many ask at the same time. Refusals are not kept.
    pub(super) fn document(
        &self,
        text: &Arc<str>,
        parse: impl FnOnce() -> Result<Judged, Refusal>,
    ) -> Result<Arc<Parsed>, Arc<Refusal>> {
        if let Some(parsed) = self.documents.get(&**text) {
            return Ok(parsed);
        }
        self.documents.try_get_with(text.clone(), || {
            let Judged { document, access, policies } = parse()?;
            let id = self.next_document.fetch_add(1, Ordering::Relaxed);
            // A parsed document takes about ten times the memory of its text.
            let weight = u32::try_from(text.len().saturating_mul(12) + 1024).unwrap_or(u32::MAX);
            Ok(Arc::new(Parsed { document, access, policies, id, weight }))
        })
    }

    /// The plan of a key; made once, however many ask at the same time.
    pub(super) fn plan(
        &self,
        key: &PlanKey,
        make: impl FnOnce() -> Result<Planned, Refusal>,
    ) -> Result<Arc<Planned>, Arc<Refusal>> {
        if let Some(planned) = self.plans.get(key) {
            return Ok(planned);
        }
        self.plans.try_get_with_by_ref(key, || {
            let planned = Arc::new(make()?);
            self.plans_made.fetch_add(1, Ordering::Relaxed);
            Ok(planned)
        })
    }

    /// The documents that are kept, with their texts.
    pub(super) fn documents(&self) -> impl Iterator<Item = (Arc<str>, Arc<Parsed>)> {
        self.documents.iter().map(|(text, parsed)| (Arc::clone(&*text), parsed))
    }

    /// The plans that are kept.
    pub(super) fn plans(&self) -> impl Iterator<Item = (Arc<PlanKey>, Arc<Planned>)> {
        self.plans.iter()
    }

    pub(super) fn kept(&self) -> Kept {
        // Otherwise what came last is not counted yet.
        self.documents.run_pending_tasks();
        self.plans.run_pending_tasks();
        Kept {
            documents: self.documents.entry_count(),
            document_bytes: self.documents.weighted_size(),
            plans: self.plans.entry_count(),
            plan_bytes: self.plans.weighted_size(),
        }
    }

    pub(super) fn plans_made(&self) -> u64 {
        self.plans_made.load(Ordering::Relaxed)
    }
}

/// About how many bytes a plan takes.
fn weight(planned: &Planned) -> u32 {
    let plan: &QueryPlan = &planned.program.plan;
    let fetches: usize = plan.fetches.iter().map(|fetch| 512 + 3 * fetch.operation.text.len()).sum();
    let shapes: usize =
        plan.shapes.iter().map(|shape| 128 + 8 * shape.slots.len() + 160 * shape.output.len()).sum();
    let selections: usize = plan.selections.iter().map(|selection| 128 + 240 * selection.fields.len()).sum();
    let asked = if planned.costed.is_some() { selections } else { 0 };
    u32::try_from(fetches + shapes + selections + asked).unwrap_or(u32::MAX)
}
