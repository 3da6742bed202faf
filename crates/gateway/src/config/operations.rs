//! Operations clients run by name.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::units::{ByteSize, Secret, Time};

/// Stored operations.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OperationsConfig {
    /// A folder of `.graphql` files, one operation each; the file's name is the operation's id.
    pub folder: Option<PathBuf>,
    /// Documents that clients send once and then name by their hash (automatic persisted queries).
    pub persisted_queries: PersistedQueriesConfig,
    /// What else clients may send.
    pub mode: OperationsMode,
    /// Operations that are registered and retired while gateways run.
    pub registry: Option<RegistryConfig>,
}

/// Automatic persisted queries.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersistedQueriesConfig {
    /// Whether documents are kept.
    pub enabled: bool,
    /// The memory for their texts; what was not asked for longest goes first.
    pub max_memory: ByteSize,
    /// With `redis`, how long other gateways find a document after it was sent to one.
    pub share_for: Time,
    /// With `redis`, the longest document that other gateways find.
    pub max_shared_size: ByteSize,
}

impl Default for PersistedQueriesConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_memory: ByteSize::mebibytes(16),
            share_for: Time::seconds(24 * 60 * 60),
            max_shared_size: ByteSize(64 * 1024),
        }
    }
}

/// What clients may send besides stored operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationsMode {
    /// Any document.
    #[default]
    Any,
    /// Nothing: a document that is not the text of a stored operation is refused.
    Only,
}

/// A registry of stored operations.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryConfig {
    /// `sqlite://FILE?mode=rwc` for one gateway, `postgres://USER:PASSWORD@HOST:PORT/NAME` for several.
    pub database: Secret,
    /// How long a change takes at most to be served by every gateway.
    #[serde(default = "poll_interval")]
    pub poll_interval: Time,
    /// The scope of tokens that may register and retire.
    #[serde(default = "admin_scope")]
    pub admin_scope: String,
}

fn poll_interval() -> Time {
    Time::seconds(2)
}

fn admin_scope() -> String {
    "operations:admin".to_owned()
}

impl OperationsConfig {
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let Some(registry) = &self.registry else { return };
        let database = registry.database.reveal();
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database.starts_with(scheme)) {
            problems.push(Problem::of_key(
                "operations.registry.database",
                "expected a URL such as `sqlite://operations.db?mode=rwc` or `postgres://user@localhost/operations`",
            ));
        }
        if registry.admin_scope.is_empty() || registry.admin_scope.contains(char::is_whitespace) {
            problems.push(Problem::of_key(
                "operations.registry.admin_scope",
                "expected one scope, without spaces",
            ));
        }
    }
}

impl RegistryConfig {
    /// With the defaults for a database.
    #[must_use]
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: Secret::new(database), poll_interval: poll_interval(), admin_scope: admin_scope() }
    }
}
