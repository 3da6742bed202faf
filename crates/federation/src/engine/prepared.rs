//! A request that was accepted.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::cache::{Parsed, Planned};
use crate::execute::DeferFormat;
use crate::operation::{CachePolicy, CacheScope, CoercedVariables};
use crate::plan::QueryPlan;
use crate::plan::query_plan::OperationKind;

/// A request that was accepted: parsed, validated, its variables coerced, its plan at hand. Cheap to clone.
#[derive(Clone)]
pub struct Prepared {
    pub(super) kind: OperationKind,
    pub(super) name: Option<Arc<str>>,
    pub(super) planned: Arc<Planned>,
    pub(super) variables: Arc<CoercedVariables>,
    pub(super) introspection: Arc<[String]>,
    pub(super) context: Arc<dyn Any + Send + Sync>,
    pub(super) defer: Option<DeferFormat>,
    pub(super) cache_policy: Option<CachePolicy>,
    pub(super) has_access_rules: bool,
    pub(super) plan_was_kept: bool,
    pub(super) parsed: Arc<Parsed>,
}

impl Prepared {
    /// Query, mutation or subscription. HTTP `GET` may run queries only; subscriptions go to
    /// [`Engine::subscribe`](crate::Engine::subscribe).
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// The name of the operation chosen.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How the answer is cut into payloads: as the request asked, if the operation defers anything. Such a request goes
    /// to [`Engine::run_incremental`](crate::Engine::run_incremental).
    pub fn defer_format(&self) -> Option<DeferFormat> {
        self.defer.filter(|_| !self.plan().deferred.is_empty())
    }

    /// How long and by whom the answer may be kept, if it has no errors; `None` when it may not.
    pub fn cache_policy(&self) -> Option<CachePolicy> {
        // What not everyone may read is not for everyone's cache.
        let narrowed = |policy| CachePolicy { scope: CacheScope::Private, ..policy };
        if self.has_access_rules { self.cache_policy.map(narrowed) } else { self.cache_policy }
    }

    /// Whether the plan was there already when the request came.
    pub fn plan_was_kept(&self) -> bool {
        self.plan_was_kept
    }

    /// The plan, for inspection.
    pub fn plan(&self) -> &QueryPlan {
        &self.planned.program.plan
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, .. } = self;
        f.debug_struct("Prepared").field("kind", kind).field("name", name).finish_non_exhaustive()
    }
}
