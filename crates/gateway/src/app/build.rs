//! Making a gateway of an engine and a configuration, and another one to take its place.

use std::path::PathBuf;
use std::sync::Arc;

use federation::Engine;
use federation::operation::CostOptions;

use super::{Gateway, StartError};
use crate::answers::Answers;
use crate::budget::Budgets;
use crate::caller::{Callers, InternalTokens, Policies};
use crate::config::{Config, OperationsMode, RedisConfig};
use crate::ending::Retirement;
use crate::headers::{self, RequestHeaders};
use crate::http::vary;
use crate::operations::{Loading, PersistedQueries, Rules, Served, StoredOperations};
use crate::probe::{Probe, Probing};
use crate::registry::follow::Followed;
use crate::registry::{Registry, RegistryError};
use crate::role_limits::RoleLimits;
use crate::shared::Shared;
use crate::store::{Store, StoreError};
use crate::tls;
use crate::views::Views;

impl Gateway {
    /// A gateway for an engine.
    ///
    /// Whoever embeds it gives the engine a transport of its own; [`RequestContext::of`] tells that
    /// transport who calls.
    ///
    /// # Errors
    /// When keys or stored operations cannot be used, the transport does not apply rules for headers, or the engine
    /// estimates no costs to be limited.
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
        if config.limits.is_costly() && !engine.estimates_costs() {
            return Err(StartError::Costs);
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

    /// Lets `/ready` report on subgraphs.
    #[must_use]
    pub fn with_probe(mut self, probe: Arc<dyn Probe>) -> Self {
        self.probing = Some(Probing::new(probe));
        self
    }
}
