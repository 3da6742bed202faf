//! The gateway as a value: an engine with everything that stands between it and clients.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use federation::operation::{CostOptions, Document, Limits};
use federation::plan::query_plan::OperationKind;
use federation::{Engine, Permissions, Prepared};
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::answers::{Answers, Change};
use crate::budget::Budgets;
use crate::caller::{Caller, CallerError, Callers, InternalTokens, KeyError, Policies};
use crate::config::{
    Config, HttpConfig, OperationsMode, PersistedQueriesConfig, Problem, RedisConfig, SlowOperationsConfig,
    SubscriptionsConfig, TablesConfig,
};
use crate::context::{Forwarded, RequestContext};
use crate::ending::{Ending, Retirement};
use crate::headers::{self, RequestHeaders};
use crate::http::{Rejection, read_body, vary};
use crate::layers::RequestInfo;
use crate::operations::{
    Asked, DocumentHash, Loading, OperationsError, PersistedQueries, Problems, Rules, Served,
    StoredOperation, StoredOperations, Unresolved, check_text, replicas,
};
use crate::probe::{Probe, Probing};
use crate::registry::follow::Followed;
use crate::registry::{Registration, Registry, RegistryError};
use crate::role_limits::RoleLimits;
use crate::shared::Shared;
use crate::store::{Store, StoreError};
use crate::tls::{self, TlsError};
use crate::views::{View, Views};

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
    /// A gateway for an engine.
    ///
    /// Whoever embeds it gives the engine a transport of its own; [`RequestContext::of`] tells that
    /// transport who calls.
    ///
    /// # Errors
    /// When keys or stored operations cannot be used, or the transport does not apply rules for headers.
    pub fn new(engine: Arc<Engine>, config: &Config) -> Result<Self, StartError> {
        let persisted = PersistedQueries::new(&config.operations.persisted_queries);
        Self::build(engine, config, Arc::new(Shared::new(config)), Arc::new(persisted), None)
    }

    /// A gateway to take the place of this one, with another configuration or schema: it goes on with what is counted,
    /// kept and registered here. How much is counted at most stays as it is.
    ///
    /// # Errors
    /// When keys or stored operations cannot be used, among them registered ones that are served here.
    pub async fn successor(&self, engine: Arc<Engine>, config: &Config) -> Result<Self, StartError> {
        let persisted = if self.persisted_config == config.operations.persisted_queries {
            self.persisted.clone()
        } else {
            Arc::new(PersistedQueries::new(&config.operations.persisted_queries))
        };
        let before = self.operations();
        let mut next = Self::build(engine, config, self.shared.clone(), persisted, Some(&before))?;
        if let Some(followed) = &self.registry {
            next.registry = Some(
                followed
                    .hand_over(|| {
                        next.operations.take_over(&self.operations, &next.loading())?;
                        Ok::<_, StartError>(self.operations.problems().is_empty())
                    })
                    .await?,
            );
        }
        Ok(next)
    }

    fn build(
        engine: Arc<Engine>,
        config: &Config,
        shared: Arc<Shared>,
        persisted: Arc<PersistedQueries>,
        before: Option<&StoredOperations>,
    ) -> Result<Self, StartError> {
        let callers = Callers::new(&config.callers).map_err(StartError::Keys)?;
        let rules = Rules::new(config);
        let operations = match &config.operations.folder {
            Some(folder) => StoredOperations::load(folder, &Loading::new(engine.graph(), &rules, before))?,
            None => StoredOperations::default(),
        };
        let lost = headers::not_carried(&engine, &config.upstream);
        if !lost.is_empty() {
            return Err(StartError::Headers(lost));
        }
        let limits_by_role = RoleLimits::enforced(&config.limits);
        let registry = config.operations.registry.as_ref();
        let request_headers = RequestHeaders::new(&config.upstream);
        let policies = Policies::new(&config.callers);
        policies.compare(engine.graph());
        let views = Views::new(engine.clone(), config).map_err(StartError::Contracts)?;
        let internal_tokens = config.callers.internal_token.as_ref();
        let internal_tokens =
            internal_tokens.map(|config| Arc::new(InternalTokens::new(config, callers.skew())));
        Ok(Self {
            answers: Answers::new(config, &views, &shared),
            views,
            engine,
            shared,
            retirement: Retirement::new(config.reload.end_subscriptions_within.0),
            callers,
            internal_tokens,
            operations: Served::new(operations),
            persisted,
            persisted_config: config.operations.persisted_queries.clone(),
            rules,
            only_stored: config.operations.mode == OperationsMode::Only,
            registry: None,
            admin_scope: registry.map(|registry| registry.admin_scope.clone()).unwrap_or_default(),
            http: config.http.clone(),
            tls: config.http.tls.as_ref().map(tls::Listener::new).transpose()?,
            subscriptions: config.subscriptions.clone(),
            tables: config.tables.clone(),
            dev: config.dev,
            limits: limits_by_role.loosest().clone(),
            limits_by_role,
            labelled: config.telemetry.operation_labels.clone(),
            slow_operations: config.telemetry.slow_operations.clone(),
            vary: vary(&request_headers),
            request_headers,
            shadow_limits: RoleLimits::shadow(&config.limits.shadow),
            budgets: Budgets::new(config),
            policies,
            roles_claim: config.callers.roles_claim().to_owned(),
            cost_options: CostOptions { list_size: config.limits.list_size },
            shows_cost: config.limits.show_cost.when(config.dev),
            probing: None,
        })
    }

    /// Another generation took over: what outlasts requests ends soon.
    pub(crate) fn retire(&self) {
        self.retirement.retire();
    }

    /// Completes when a subscription or a WebSocket is to end.
    pub(crate) fn ending(&self) -> impl Future<Output = Ending> + Send + use<> {
        self.retirement.ending(&self.shared)
    }

    fn loading(&self) -> Loading<'_> {
        Loading::new(self.engine.graph(), &self.rules, None)
    }

    /// Adds stored operations that the embedder brings along: a file name, whose stem is the id, and the text.
    ///
    /// # Errors
    /// [`StartError::Operations`] with every problem of every document.
    pub fn with_operations(
        mut self,
        documents: impl IntoIterator<Item = (PathBuf, String)>,
        config: &Config,
    ) -> Result<Self, StartError> {
        let mut folder = StoredOperations::clone(&self.operations.folder());
        folder.add(documents, &Loading::new(self.engine.graph(), &Rules::new(config), None))?;
        self.operations = Served::new(folder);
        Ok(self)
    }

    /// Serves what a registry has besides what is there already. [`Live::follow_registry`](crate::Live::follow_registry)
    /// looks for what changes later.
    ///
    /// # Errors
    /// When the registry's database does not answer.
    pub async fn with_registry(mut self, registry: Registry) -> Result<Self, RegistryError> {
        self.registry = Some(Followed::new(registry));
        self.catch_up().await?;
        Ok(self)
    }

    /// Shares budgets and persisted queries with other gateways, by Redis. While it does not answer, this gateway goes on by
    /// itself.
    ///
    /// # Errors
    /// When the settings are not usable, or Redis refuses the gateway.
    pub async fn with_redis(self, config: &RedisConfig) -> Result<Self, StoreError> {
        let store = Store::open(config).await?;
        // A generation begins with the store of the one before.
        let _ = self.shared.store.set(store);
        Ok(self)
    }

    /// Serves what the registry has now; nothing to do without one.
    ///
    /// # Errors
    /// When the database does not answer; what was served before still is.
    pub(crate) async fn catch_up(&self) -> Result<(), RegistryError> {
        let Some(followed) = &self.registry else { return Ok(()) };
        followed.catch_up(|registered| self.operations.replace(registered, &self.loading())).await
    }

    /// Serves what is in the folder of stored operations now.
    ///
    /// # Errors
    /// All problems of all files; what was served before still is.
    pub(crate) fn replace_folder(&self, folder: &Path) -> Result<(), StartError> {
        let before = self.operations();
        let loading = self.loading();
        let loaded = StoredOperations::load(folder, &loading.after(&before))?;
        self.operations.replace_folder(loaded, &loading);
        Ok(())
    }

    /// The stored operations as they are now.
    pub(crate) fn operations(&self) -> Arc<StoredOperations> {
        self.operations.now()
    }

    /// The stored operation of an id.
    pub(crate) fn stored(&self, id: &str) -> Result<Arc<StoredOperation>, Rejection> {
        let operations = self.operations();
        let unknown = || Rejection::UnknownOperation(operations.nearest(id).map(str::to_owned));
        operations.get(id).cloned().ok_or_else(unknown)
    }

    /// Registered operations that are not served, with the reason.
    pub(crate) fn registry_problems(&self) -> Arc<Problems> {
        self.operations.problems()
    }

    /// Whether an operation may be registered.
    pub(crate) fn check_registration(&self, new: &Registration) -> Result<(), Rejection> {
        if self.operations.of_folder(&new.id) {
            return Err(Rejection::OperationExists);
        }
        match check_text(&new.id, new.text.clone(), &self.loading()) {
            Ok(_) => Ok(()),
            Err(found) => Err(Rejection::InvalidOperation(found.iter().map(ToString::to_string).collect())),
        }
    }

    /// The document that a request means by its text, its hash, or both.
    pub(crate) fn document(
        &self,
        text: Option<String>,
        hash: Option<DocumentHash>,
    ) -> Result<Asked, Rejection> {
        let found = match (text, hash) {
            (None, None) => return Err(Rejection::MissingQuery),
            (text, hash) if self.only_stored => self.operations().only(text.as_deref(), hash),
            (text, Some(hash)) => self.operations().any(&self.persisted, text, hash),
            (Some(text), None) => Ok(Asked::Document(text.into())),
        };
        found.map_err(Rejection::Persisted)
    }

    /// As [`Self::document`]; a hash that no client has sent a document for here may be known to other gateways.
    pub(crate) async fn document_of_any(
        &self,
        text: Option<String>,
        hash: Option<DocumentHash>,
    ) -> Result<Asked, Rejection> {
        let here = self.document(text, hash);
        let (Err(Rejection::Persisted(Unresolved::NotFound)), Some(hash), Some(store)) =
            (&here, hash, self.shared.store.get())
        else {
            return here;
        };
        match replicas::ask(store, &self.persisted_config, &hash).await {
            Some(text) => Ok(Asked::Document(text)),
            None => here,
        }
    }

    /// Keeps a document that can be run, here and for other gateways.
    pub(crate) fn keep_document(&self, hash: DocumentHash, text: &Arc<str>) {
        if self.persisted.keep(hash, text) {
            replicas::tell(&self.shared, &self.persisted_config, hash, text);
        }
    }

    /// Lets `/ready` report on subgraphs.
    #[must_use]
    pub fn with_probe(mut self, probe: Arc<dyn Probe>) -> Self {
        self.probing = Some(Probing::new(probe));
        self
    }

    /// Finds out who calls and gathers what the transport needs to know.
    pub(crate) async fn context(
        &self,
        info: &RequestInfo,
        headers: &HeaderMap,
    ) -> Result<Arc<RequestContext>, Rejection> {
        self.context_of(self.callers.identify(headers)?, info, headers).await
    }

    /// Whether a caller may be told the schema: known callers may, and everybody in development mode.
    pub(crate) fn tells_schema(&self, caller: &Caller) -> bool {
        self.dev || !caller.is_anonymous()
    }

    /// What a caller may read of what the schema protects.
    pub(crate) fn permissions(&self, caller: &Caller) -> Permissions {
        self.policies.permissions(caller)
    }

    /// What a caller sees of the schema, with the engine for it.
    pub(crate) async fn view(&self, caller: &Caller) -> Arc<View> {
        self.views.of(caller, || self.permissions(caller)).await
    }

    /// What the caller of a request sees.
    pub(crate) fn view_of<'a>(&'a self, context: &'a RequestContext) -> &'a View {
        context.view.as_ref().unwrap_or(self.views.whole())
    }

    /// Whether a stored operation asks only for what a view has, so that it may be described.
    pub(crate) fn describes(&self, operation: &StoredOperation, view: &View) -> bool {
        let engine = &view.engine;
        Arc::ptr_eq(engine, &self.engine)
            || Document::parse(engine.graph().api_schema(), &operation.text, &self.limits).is_ok()
    }

    /// Refuses callers who may not be told the schema.
    pub(crate) fn check_schema_reader(&self, caller: &Caller) -> Result<(), Rejection> {
        if self.tells_schema(caller) { Ok(()) } else { Err(CallerError::Missing.into()) }
    }

    /// The limits of a caller; `None` if they are the loosest there are.
    pub(crate) fn limits_of(&self, caller: &Caller) -> Option<Limits> {
        Some(self.limits_by_role.of(caller, &self.roles_claim)).filter(|limits| *limits != self.limits)
    }

    /// The limits of a caller that are not enforced.
    pub(crate) fn shadow_limits_of(&self, caller: &Caller) -> Option<Limits> {
        Some(self.shadow_limits.as_ref()?.of(caller, &self.roles_claim))
    }

    /// Notes that a caller changes something if an operation is a mutation, until what is returned is dropped.
    pub(crate) fn change<'a>(&'a self, prepared: &Prepared, caller: &'a Caller) -> Option<Change<'a>> {
        let answers = self.answers.as_ref().filter(|_| prepared.kind() == OperationKind::Mutation);
        answers.map(|answers| answers.change(caller))
    }

    /// Gathers what the transport needs to know for a caller that is known already.
    pub(crate) async fn context_of(
        &self,
        caller: Caller,
        info: &RequestInfo,
        headers: &HeaderMap,
    ) -> Result<Arc<RequestContext>, Rejection> {
        info.account.note_caller(caller.subject());
        let internal_token = match &self.internal_tokens {
            None => None,
            Some(tokens) => tokens.token(&caller).map_err(|error| {
                tracing::error!(request_id = %info.id, %error, "a request has no token for subgraphs");
                Rejection::Internal
            })?,
        };
        let received = self.request_headers.for_all(headers);
        let forwarded = Forwarded {
            headers: received.headers,
            alone: received.alone.then(Uuid::now_v7),
            internal_token,
            request_id: info.id.clone(),
            trace: info.trace,
            uploads: None,
        };
        let budgets = self.budgets.as_ref();
        let spender = budgets.and_then(|budgets| budgets.spender(&caller, info.peer, headers));
        let view = self.view(&caller).await;
        let context = RequestContext::new(caller, forwarded, info.deadline)
            .seeing(view)
            .with_own(self.request_headers.for_own(headers))
            .spending_of(spender);
        Ok(Arc::new(match &self.internal_tokens {
            Some(tokens) => context.renewed_by(tokens.clone()),
            None => context,
        }))
    }

    /// Whether subgraphs receive a header of clients.
    pub(crate) fn forwards(&self, name: &HeaderName) -> bool {
        self.request_headers.receives(name)
    }

    /// Reads a request's body within the bounds of size and time.
    pub(crate) async fn read_body(
        &self,
        info: &RequestInfo,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Bytes, Rejection> {
        let reading = read_body(headers, body, self.http.max_body_size.0);
        let body = tokio::time::timeout_at(info.deadline, reading).await;
        let body = body.map_err(|_| Rejection::BodyTimeout)??;
        info.account.note_request(body.len());
        Ok(body)
    }
}
