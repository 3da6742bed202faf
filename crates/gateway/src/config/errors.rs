//! What clients see of the errors that subgraphs report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Errors of subgraphs in answers. Their codes and the subgraphs' names are always shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ErrorsConfig {
    /// Whether messages are shown; otherwise a fixed text stands for them.
    pub subgraph_messages: Shown,
    /// Whether all of `extensions` is shown; otherwise only `code`.
    pub subgraph_extensions: Shown,
}

/// When something is shown to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// In development mode only.
    Dev,
    /// Always: for subgraphs that are known to hide their internals themselves.
    Always,
    /// Never.
    Never,
}

impl Shown {
    /// Whether it is shown in a mode.
    #[must_use]
    pub fn when(self, dev: bool) -> bool {
        match self {
            Self::Dev => dev,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl Default for ErrorsConfig {
    fn default() -> Self {
        Self { subgraph_messages: Shown::Dev, subgraph_extensions: Shown::Dev }
    }
}
