//! Operations clients run by name.

use std::path::PathBuf;

use serde::Deserialize;

use super::units::ByteSize;

/// Stored operations.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperationsConfig {
    /// A folder of `.graphql` files, one operation each; the file's name is the operation's id.
    pub folder: Option<PathBuf>,
    /// Documents that clients send once and then name by their hash (automatic persisted queries).
    pub persisted_queries: PersistedQueriesConfig,
}

/// Automatic persisted queries.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersistedQueriesConfig {
    /// Whether documents are kept.
    pub enabled: bool,
    /// The memory for their texts; what was not asked for longest goes first.
    pub max_memory: ByteSize,
}

impl Default for PersistedQueriesConfig {
    fn default() -> Self {
        Self { enabled: true, max_memory: ByteSize::mebibytes(16) }
    }
}
