//! The gateway as a value: an engine with everything that stands between it and clients.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use federation::Engine;
use federation::operation::Limits;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::caller::{Caller, Callers, InternalTokens, KeyError};
use crate::config::{Config, HttpConfig, OperationsMode, SubscriptionsConfig, TablesConfig};
use crate::context::{Forwarded, RequestContext};
use crate::http::{Rejection, read_body};
use crate::layers::RequestInfo;
use crate::operations::{
    Asked, DocumentHash, Loading, OperationsError, PersistedQueries, Problems, Rules, Served,
    StoredOperations, check_text,
};
use crate::registry::follow::{self, Followed};
use crate::registry::{Registered, Registration, Registry, RegistryError};

/// A gateway for one engine. Serve it with [`crate::serve`], or mount [`crate::router`].
pub struct Gateway {
    pub(crate) engine: Arc<Engine>,
    pub(crate) callers: Callers,
    internal_tokens: Option<Arc<InternalTokens>>,
    operations: Served,
    pub(crate) persisted: PersistedQueries,
    rules: Rules,
    only_stored: bool,
    pub(crate) registry: Option<Arc<Followed>>,
    pub(crate) admin_scope: String,
    pub(crate) http: HttpConfig,
    pub(crate) subscriptions: SubscriptionsConfig,
    open_subscriptions: Arc<Semaphore>,
    /// WebSockets outlive the HTTP requests they come from, so they are counted themselves.
    sockets: Arc<Semaphore>,
    pub(crate) tables: TablesConfig,
    /// A permit for each table being served.
    pub(crate) table_permits: Arc<Semaphore>,
    pub(crate) dev: bool,
    pub(crate) limits: Limits,
    pub(crate) forward_headers: Vec<HeaderName>,
    pub(crate) probe: Option<Arc<dyn Probe>>,
    draining: watch::Sender<bool>,
}

/// Finds out which subgraphs can be reached.
pub trait Probe: Send + Sync {
    /// Names of subgraphs and whether each answers.
    fn probe(&self) -> BoxFuture<'_, Vec<(String, bool)>>;
}

/// Why a gateway cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Keys of callers cannot be used.
    #[error("{}", lines(.0))]
    Keys(Vec<KeyError>),
    /// Stored operations cannot be used.
    #[error("{0}")]
    Operations(#[from] OperationsError),
}

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(bounded(permits)))
}

/// A number of permits that can be taken at once.
fn bounded(permits: usize) -> usize {
    permits.min(Semaphore::MAX_PERMITS).min(u32::MAX as usize)
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
    /// When keys or stored operations cannot be used.
    pub fn new(engine: Arc<Engine>, config: &Config) -> Result<Self, StartError> {
        let callers = Callers::new(&config.callers).map_err(StartError::Keys)?;
        let rules = Rules::new(config);
        let operations = match &config.operations.folder {
            Some(folder) => StoredOperations::load(folder, &Loading::new(engine.graph(), &rules))?,
            None => StoredOperations::default(),
        };
        Ok(Self {
            engine,
            callers,
            internal_tokens: config.callers.internal_token.as_ref().map(InternalTokens::new).map(Arc::new),
            operations: Served::new(operations),
            persisted: PersistedQueries::new(&config.operations.persisted_queries),
            rules,
            only_stored: config.operations.mode == OperationsMode::Only,
            registry: None,
            admin_scope: config
                .operations
                .registry
                .as_ref()
                .map(|registry| registry.admin_scope.clone())
                .unwrap_or_default(),
            http: config.http.clone(),
            subscriptions: config.subscriptions.clone(),
            open_subscriptions: semaphore(config.subscriptions.max_open),
            sockets: semaphore(config.http.max_connections),
            table_permits: semaphore(config.tables.max_concurrent),
            tables: config.tables.clone(),
            dev: config.dev,
            limits: config.limits.operation(),
            forward_headers: config
                .upstream
                .forward_headers
                .iter()
                .filter_map(|name| name.parse().ok())
                .collect(),
            probe: None,
            draining: watch::Sender::new(false),
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
        let mut folder = self.operations.into_folder();
        folder.add(documents, &Loading::new(self.engine.graph(), &Rules::new(config)))?;
        self.operations = Served::new(folder);
        Ok(self)
    }

    /// Serves what a registry has, besides what is there already, from now on: call [`Self::follow_registry`] for
    /// what changes later.
    ///
    /// # Errors
    /// When the registry's database does not answer.
    pub async fn with_registry(mut self, registry: Registry) -> Result<Self, RegistryError> {
        let followed = Arc::new(Followed::new(registry));
        self.registry = Some(followed.clone());
        followed.catch_up(&self).await?;
        Ok(self)
    }

    /// Looks for changes of the registry, until the gateway is dropped.
    pub fn follow_registry(self: &Arc<Self>, interval: std::time::Duration) {
        follow::start(self, interval);
    }

    /// The stored operations as they are now.
    pub(crate) fn operations(&self) -> Arc<StoredOperations> {
        self.operations.now()
    }

    /// Registered operations that are not served, with the reason.
    pub(crate) fn registry_problems(&self) -> Arc<Problems> {
        self.operations.problems()
    }

    /// Serves what is registered.
    pub(crate) fn serve_registered(&self, registered: &[Registered]) {
        self.operations.replace(registered, &Loading::new(self.engine.graph(), &self.rules));
    }

    /// Whether an operation may be registered.
    pub(crate) fn check_registration(&self, new: &Registration) -> Result<(), Rejection> {
        if self.operations.of_folder(&new.id) {
            return Err(Rejection::OperationExists);
        }
        let loading = Loading::new(self.engine.graph(), &self.rules);
        match check_text(&new.id, new.text.clone(), &loading) {
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

    /// Lets `/ready` report on subgraphs.
    #[must_use]
    pub fn with_probe(mut self, probe: Arc<dyn Probe>) -> Self {
        self.probe = Some(probe);
        self
    }

    /// From now on `/ready` says that the gateway stops, and subscriptions end.
    pub(crate) fn drain(&self) {
        self.draining.send_replace(true);
    }

    pub(crate) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Completes when the gateway stops.
    pub(crate) fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut draining = self.draining.subscribe();
        async move {
            // The sender is gone when the gateway is.
            let _ = draining.wait_for(|draining| *draining).await;
        }
    }

    /// Room for one more subscription, if there is any.
    pub(crate) fn open_subscription(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        self.open_subscriptions.clone().try_acquire_owned().map_err(|_| Rejection::TooManySubscriptions)
    }

    /// Room for one more WebSocket, if there is any.
    pub(crate) fn open_socket(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        self.sockets.clone().try_acquire_owned().map_err(|_| Rejection::TooManySubscriptions)
    }

    /// Completes when no WebSocket is open.
    pub(crate) async fn all_sockets_closed(&self) {
        let all = u32::try_from(bounded(self.http.max_connections)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.sockets.acquire_many(all).await;
    }

    /// Finds out who calls and gathers what the transport needs to know.
    pub(crate) fn context(
        &self,
        info: &RequestInfo,
        headers: &HeaderMap,
    ) -> Result<Arc<RequestContext>, Rejection> {
        self.context_of(self.callers.identify(headers)?, info, headers)
    }

    /// Gathers what the transport needs to know for a caller that is known already.
    pub(crate) fn context_of(
        &self,
        caller: Caller,
        info: &RequestInfo,
        headers: &HeaderMap,
    ) -> Result<Arc<RequestContext>, Rejection> {
        let internal_token = match &self.internal_tokens {
            None => None,
            Some(tokens) => tokens.token(&caller).map_err(|error| {
                tracing::error!(request_id = %info.id, %error, "a request has no token for subgraphs");
                Rejection::Internal
            })?,
        };
        let mut forwarded = Vec::new();
        for name in &self.forward_headers {
            forwarded.extend(headers.get_all(name).iter().map(|value| (name.clone(), value.clone())));
        }
        let forwarded = Forwarded {
            headers: forwarded,
            internal_token,
            request_id: info.id.clone(),
            trace: info.trace,
            uploads: None,
        };
        let context = RequestContext::new(caller, forwarded, info.deadline);
        Ok(Arc::new(match &self.internal_tokens {
            Some(tokens) => context.renewed_by(tokens.clone()),
            None => context,
        }))
    }

    /// Whether subgraphs receive a header of clients.
    pub(crate) fn forwards(&self, name: &HeaderName) -> bool {
        self.forward_headers.contains(name)
    }

    /// Reads a request's body within the bounds of size and time.
    pub(crate) async fn read_body(
        &self,
        info: &RequestInfo,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Bytes, Rejection> {
        let reading = read_body(headers, body, self.http.max_body_size.0);
        tokio::time::timeout_at(info.deadline, reading).await.map_err(|_| Rejection::BodyTimeout)?
    }
}
