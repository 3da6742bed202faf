//! Sizes of caches, limits and policies of an engine.

use std::sync::Arc;

use crate::execute::{ErrorPolicy, Limits as ExecutionLimits};
use crate::operation::{CostOptions, Limits};
use crate::plan::PlanOptions;

/// Sizes of caches, limits and policies of an [`Engine`](crate::Engine).
#[derive(Clone, Debug)]
pub struct Config {
    /// Memory for parsed documents, in bytes, by estimate.
    pub document_cache_bytes: u64,
    /// Memory for query plans, in bytes, by estimate.
    pub plan_cache_bytes: u64,
    /// What an operation may cost before it is planned.
    pub limits: Limits,
    /// How costs are estimated; `None` not to keep with plans what that needs. Then no cost is limited.
    pub cost: Option<CostOptions>,
    /// The labels of progressive overrides that are set.
    pub override_labels: Vec<Arc<str>>,
    /// Whether different entity fetches that start together at one subgraph are sent as one request. Saves
    /// requests, and makes each wait for the slowest of them.
    pub batch_entities: bool,
    /// What clients see of the errors of subgraphs.
    pub subgraph_errors: SubgraphErrors,
    /// The most entries of an answer's `errors`, besides one that says there were more.
    pub max_errors: usize,
    /// The most values one request may hold in memory, about 12 bytes each, besides the subgraphs' answers.
    pub max_values: usize,
    /// The most bytes of an answer.
    pub max_answer_bytes: usize,
    /// Whether equal queries in flight share calls to subgraphs and whole
    /// [runs](crate::Engine::run_shared), where the transport tells their
    /// [`Audience`](crate::execute::Audience).
    pub share_requests: bool,
}

/// What clients see of an error that a subgraph reports. `code` and the subgraph's name are always shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubgraphErrors {
    /// Replace messages by a fixed text.
    pub mask_messages: bool,
    /// Pass all of `extensions` on, not only `code`.
    pub extensions: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            document_cache_bytes: 64 << 20,
            plan_cache_bytes: 64 << 20,
            limits: Limits::default(),
            cost: None,
            override_labels: Vec::new(),
            batch_entities: false,
            subgraph_errors: SubgraphErrors::default(),
            max_errors: 1000,
            max_values: 16 << 20,
            max_answer_bytes: 256 << 20,
            share_requests: true,
        }
    }
}

impl Config {
    pub(super) fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            override_labels: self.override_labels.clone(),
            batch_entities: self.batch_entities,
            ..PlanOptions::default()
        }
    }

    pub(super) fn error_policy(&self) -> ErrorPolicy {
        let SubgraphErrors { mask_messages, extensions } = self.subgraph_errors;
        ErrorPolicy { mask_messages, extensions, max: self.max_errors }
    }

    pub(super) fn execution_limits(&self) -> ExecutionLimits {
        // Rows and items are numbered with 32 bits.
        ExecutionLimits { values: self.max_values.min(u32::MAX as usize), bytes: self.max_answer_bytes }
    }
}
