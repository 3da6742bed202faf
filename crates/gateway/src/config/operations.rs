//! Operations clients run by name.

use std::path::PathBuf;

use serde::Deserialize;

/// Stored operations.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperationsConfig {
    /// A folder of `.graphql` files, one operation each; the file's name is the operation's id.
    pub folder: Option<PathBuf>,
}
