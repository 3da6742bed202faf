//! Configuration: one struct per concern, defaults on the struct, every problem reported at once.
//!
//! The environment is read here and nowhere else. Paths in a file are relative to that file's folder.

mod budget;
mod cache;
mod callers;
mod contracts;
mod effective;
mod env;
mod errors;
mod headers;
mod http;
mod limits;
mod operations;
mod otlp;
mod planning;
mod policies;
mod problem;
mod redis;
mod reference;
mod reload;
mod schema;
mod subgraphs;
mod subscriptions;
mod tables;
mod telemetry;
mod tls;
mod tree;
mod units;
mod upstream;
mod yaml;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use crate::role_limits::RoleLimits;

pub use self::budget::BudgetConfig;
pub use self::cache::{AnswersConfig, CacheConfig};
pub(crate) use self::callers::MIN_SECRET_BYTES;
pub use self::callers::{Algorithm, Anonymous, CallerConfig, InternalTokenConfig, KeyConfig};
pub use self::contracts::ContractConfig;
pub use self::env::{Environment, ProcessEnvironment};
pub use self::errors::{ErrorsConfig, Shown};
pub use self::headers::{AnswerHeader, HeadersConfig, Merge, PropagatedHeader};
pub use self::http::{HttpConfig, UploadsConfig};
pub use self::limits::{LimitSet, LimitsConfig, ShadowConfig};
pub use self::operations::{OperationsConfig, OperationsMode, PersistedQueriesConfig, RegistryConfig};
pub use self::otlp::{OtlpConfig, OtlpProtocol};
pub use self::planning::PlanningConfig;
pub use self::policies::PolicyConfig;
pub use self::problem::{Problem, Problems};
pub use self::redis::RedisConfig;
pub use self::reference::reference;
pub use self::reload::ReloadConfig;
pub use self::schema::schema;
pub use self::subgraphs::{SchemaSource, SubgraphEntry, SubgraphsFile};
pub use self::subscriptions::{SubscriptionsConfig, WebSocketConfig};
pub use self::tables::{ScalarKind, TablesConfig};
pub use self::telemetry::{LogFormat, SlowOperationsConfig, TelemetryConfig};
pub use self::tls::{ListenerTls, SubgraphTls};
pub use self::units::{ByteSize, Secret, Time};
pub use self::upstream::{
    BreakerConfig, RetryConfig, SubgraphConfig, SubgraphSubscriptions, SubscriptionProtocol, UpstreamConfig,
};

pub(crate) use self::headers::reserved;
pub(crate) use self::problem::nearest;
pub(crate) use self::upstream::check_url;

/// Everything a gateway can be told.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address to listen on: an IP address and a port; port 0 takes a free one.
    #[serde(deserialize_with = "listen_address")]
    pub listen: SocketAddr,
    /// Development mode: introspection for everyone, the explorer page, query plans on request, errors
    /// with their causes. Off by default; never turn it on where others can reach the gateway.
    pub dev: bool,
    /// A file with a composed supergraph schema.
    pub supergraph: Option<PathBuf>,
    /// A file that lists subgraphs, composed at start-up.
    pub compose: Option<PathBuf>,
    /// What clients may send and see.
    pub http: HttpConfig,
    /// How clients follow events.
    pub subscriptions: SubscriptionsConfig,
    /// Who callers are.
    pub callers: CallerConfig,
    /// Which part of the schema callers see: the first contract that is for them, or all of it.
    pub contracts: Vec<ContractConfig>,
    /// How subgraphs are reached.
    pub upstream: UpstreamConfig,
    /// What clients see of the errors of subgraphs.
    pub errors: ErrorsConfig,
    /// Operations clients run by name.
    pub operations: OperationsConfig,
    /// Stored operations as tables.
    pub tables: TablesConfig,
    /// How operations are split among subgraphs.
    pub planning: PlanningConfig,
    /// What is kept between requests.
    pub cache: CacheConfig,
    /// How large an operation may be.
    pub limits: LimitsConfig,
    /// Where gateways keep what they share. Without it each keeps its own.
    pub redis: Option<RedisConfig>,
    /// How changes of files are taken up.
    pub reload: ReloadConfig,
    /// Logs, metrics and traces.
    pub telemetry: TelemetryConfig,
}

/// What an address to listen on is written as.
///
/// # Errors
/// When the text is none: what one looks like.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an address is an IP address and a port, for example 127.0.0.1:4000".to_owned())
}

fn listen_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    address(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4000)),
            dev: false,
            supergraph: None,
            compose: None,
            http: HttpConfig::default(),
            subscriptions: SubscriptionsConfig::default(),
            callers: CallerConfig::default(),
            contracts: Vec::new(),
            upstream: UpstreamConfig::default(),
            errors: ErrorsConfig::default(),
            operations: OperationsConfig::default(),
            tables: TablesConfig::default(),
            planning: PlanningConfig::default(),
            cache: CacheConfig::default(),
            limits: LimitsConfig::default(),
            redis: None,
            reload: ReloadConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

impl Config {
    /// Reads a gateway configuration file.
    ///
    /// # Errors
    /// All problems of the file at once, each with line and key.
    pub fn load(path: &Path, environment: &dyn Environment) -> Result<Self, Problems> {
        let mut document = yaml::read_file::<Self>(path, environment)?;
        document.value.resolve_paths(path.parent().unwrap_or(Path::new("")));
        let problems = document.value.check();
        document.unless(problems)
    }

    /// The engine's part of the configuration.
    #[must_use]
    pub fn engine(&self) -> federation::Config {
        federation::Config {
            subgraph_errors: federation::SubgraphErrors {
                mask_messages: !self.errors.subgraph_messages.when(self.dev),
                extensions: self.errors.subgraph_extensions.when(self.dev),
            },
            limits: RoleLimits::enforced(&self.limits).loosest().clone(),
            cost: self.limits.cost(self.dev, self.telemetry.slow_operations.is_some()),
            override_labels: self
                .planning
                .override_labels
                .iter()
                .map(|label| label.as_str().into())
                .collect(),
            batch_entities: self.planning.batch_entities,
            max_errors: self.limits.max_errors,
            max_answer_bytes: self.limits.max_answer_size.as_usize(),
            share_requests: self.upstream.share_requests,
            ..federation::Config::default()
        }
    }

    /// A hash of the settings that the answer to a query depends on, the same in every process. Secrets are not in it.
    pub(crate) fn answer_hash(&self) -> [u8; 32] {
        let Self { callers, contracts, upstream, errors, planning, limits, .. } = self;
        let settings = serde_json::to_vec(&(callers, contracts, upstream, errors, planning, limits));
        Sha256::digest(settings.unwrap_or_default()).into()
    }

    /// Files with keys and certificates.
    pub(crate) fn secret_files(&self) -> Vec<PathBuf> {
        let keys = self.callers.keys.iter().flat_map(KeyConfig::paths);
        let own = self.http.tls.iter().flat_map(ListenerTls::paths);
        keys.chain(own).chain(self.upstream.tls_files()).cloned().collect()
    }

    /// The keys whose values differ and are looked at when the process starts only.
    pub(crate) fn fixed_differences(&self, other: &Self) -> Vec<&'static str> {
        macro_rules! differing {
            ($($name:literal $($field:ident).+;)*) => {
                [$(($name, self.$($field).+ != other.$($field).+)),*]
            };
        }
        let registry = |config: &Self| {
            let registry = config.operations.registry.as_ref();
            registry.map(|registry| (registry.database.clone(), registry.poll_interval))
        };
        let fields = differing! {
            "listen" listen;
            "http.header_timeout" http.header_timeout;
            "http.max_connections" http.max_connections;
            "http.max_requests" http.max_requests;
            "subscriptions.max_open" subscriptions.max_open;
            "tables.max_concurrent" tables.max_concurrent;
            "redis" redis;
            "reload.watch" reload.watch;
            "reload.interval" reload.interval;
            "telemetry.log_filter" telemetry.log_filter;
            "telemetry.log_format" telemetry.log_format;
            "telemetry.metrics_listen" telemetry.metrics_listen;
            "telemetry.otlp" telemetry.otlp;
        };
        let registries = ("operations.registry", registry(self) != registry(other));
        fields.into_iter().chain([registries]).filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    fn resolve_paths(&mut self, base: &Path) {
        let keys = self.callers.keys.iter_mut().flat_map(KeyConfig::paths_mut);
        let paths = [
            &mut self.supergraph,
            &mut self.compose,
            &mut self.operations.folder,
            &mut self.upstream.ca_file,
        ];
        let of_redis = self.redis.as_mut().and_then(|redis| redis.ca_file.as_mut());
        let subgraphs = self.upstream.subgraphs.values_mut().filter_map(|own| own.tls.as_mut());
        let certificates = subgraphs.flat_map(SubgraphTls::paths_mut);
        let own = self.http.tls.iter_mut().flat_map(ListenerTls::paths_mut);
        for path in paths.into_iter().flatten().chain(of_redis).chain(keys).chain(certificates).chain(own) {
            yaml::resolve(base, path);
        }
    }

    /// What no single value shows: contradictions between keys.
    fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        match (&self.supergraph, &self.compose) {
            (Some(_), Some(_)) => problems.push(Problem::of_key(
                "compose",
                "`supergraph` and `compose` exclude each other; keep the one the schema comes from",
            )),
            (None, None) => problems.push(Problem::whole_file(
                "names no schema; set `supergraph: FILE` (a composed schema) or `compose: FILE` (a list of subgraphs)",
            )),
            _ => {}
        }
        self.http.check(&mut problems);
        self.subscriptions.check(&mut problems);
        self.callers.check(&mut problems);
        contracts::check(&self.contracts, &mut problems);
        self.upstream.check(&mut problems);
        self.operations.check(&mut problems);
        self.tables.check(&mut problems);
        self.limits.check(&mut problems);
        self.cache.check(self.redis.is_some(), &mut problems);
        if let Some(redis) = &self.redis {
            redis.check(&mut problems);
        }
        self.telemetry.check(&mut problems);
        problems
    }
}

impl SubgraphsFile {
    /// Reads a list of subgraphs (`supergraph.yaml`).
    ///
    /// # Errors
    /// All problems of the file at once, each with line and key.
    pub fn load(path: &Path, environment: &dyn Environment) -> Result<Self, Problems> {
        let mut document = yaml::read_file::<Self>(path, environment)?;
        let base = path.parent().unwrap_or(Path::new(""));
        for entry in document.value.subgraphs.values_mut() {
            if let Some(path) = &mut entry.schema.file {
                yaml::resolve(base, path);
            }
        }
        let problems = document.value.check();
        document.unless(problems)
    }
}
