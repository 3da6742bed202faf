//! The gateway as a value: an engine with everything that stands between it and clients.

mod build;
mod documents;
mod requests;

use std::collections::BTreeSet;
use std::sync::Arc;

use federation::Engine;
use federation::operation::{CostOptions, Limits};
use http::HeaderValue;

use crate::answers::Answers;
use crate::budget::Budgets;
use crate::caller::{Callers, InternalTokens, KeyError, Policies};
use crate::config::{
    HttpConfig, PersistedQueriesConfig, Problem, SlowOperationsConfig, SubscriptionsConfig, TablesConfig,
};
use crate::ending::{Ending, Retirement};
use crate::headers::RequestHeaders;
use crate::operations::{OperationsError, PersistedQueries, Rules, Served};
use crate::probe::Probing;
use crate::registry::follow::Followed;
use crate::role_limits::RoleLimits;
use crate::shared::Shared;
use crate::tls::{self, TlsError};
use crate::views::Views;

/// A gateway for one engine, which never changes but for its stored operations: a new configuration or schema is a new
/// [`Gateway::successor`]. Serve it with [`crate::serve`], or mount [`crate::router`].
pub struct Gateway {
    pub(crate) shared: Arc<Shared>,
    retirement: Retirement,
    /// For the whole schema.
    pub(crate) engine: Arc<Engine>,
    pub(crate) views: Views,
    pub(crate) callers: Callers,
    internal_tokens: Option<Arc<InternalTokens>>,
    operations: Served,
    pub(crate) persisted: Arc<PersistedQueries>,
    persisted_config: PersistedQueriesConfig,
    rules: Rules,
    only_stored: bool,
    pub(crate) registry: Option<Followed>,
    pub(crate) admin_scope: String,
    pub(crate) http: HttpConfig,
    /// How connections are encrypted, if they are.
    pub(crate) tls: Option<tls::Listener>,
    pub(crate) subscriptions: SubscriptionsConfig,
    pub(crate) tables: TablesConfig,
    pub(crate) dev: bool,
    /// Of no caller are they looser.
    pub(crate) limits: Limits,
    /// Names of operations that have labels of their own in metrics.
    pub(crate) labelled: BTreeSet<String>,
    pub(crate) slow_operations: Option<SlowOperationsConfig>,
    pub(crate) request_headers: RequestHeaders,
    /// What caches tell answers apart by.
    pub(crate) vary: HeaderValue,
    limits_by_role: RoleLimits,
    /// Not enforced.
    shadow_limits: Option<RoleLimits>,
    budgets: Option<Budgets>,
    policies: Policies,
    roles_claim: String,
    pub(crate) shows_cost: bool,
    pub(crate) cost_options: CostOptions,
    pub(crate) probing: Option<Probing>,
    /// Those it keeps, if it keeps any.
    pub(crate) answers: Option<Answers>,
}

/// Why a gateway cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Keys of callers cannot be used.
    #[error("{}", lines(.0))]
    Keys(Vec<KeyError>),
    /// Contracts that cannot be had.
    #[error("{}", lines(.0))]
    Contracts(Vec<String>),
    /// Rules for headers that the engine's transport does not apply.
    #[error("{}", lines(.0))]
    Headers(Vec<Problem>),
    /// Costs are limited that the engine does not estimate.
    #[error(
        "`limits`: costs are limited, but the engine estimates none; make it of the same configuration \
         (`Config::engine`), or leave out `max_cost` and `budget`"
    )]
    Costs,
    /// The certificate that clients are to see cannot be used.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// Stored operations cannot be used.
    #[error("{0}")]
    Operations(#[from] OperationsError),
}

fn lines(errors: &[impl ToString]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Gateway {
    /// Another generation took over: what outlasts requests ends soon.
    pub(crate) fn retire(&self) {
        self.retirement.retire();
    }

    /// Completes when a subscription or a WebSocket is to end.
    pub(crate) fn ending(&self) -> impl Future<Output = Ending> + Send + use<> {
        self.retirement.ending(&self.shared)
    }
}
