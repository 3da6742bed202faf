//! From the arguments that name a schema to a supergraph.

use std::path::Path;

use super::CliError;
use crate::config::{ProcessEnvironment, SubgraphsFile};
use crate::supergraph::Supergraph;
use crate::upstream::Client;

/// Reads a composed schema, or composes a list of subgraphs.
pub(super) async fn supergraph(
    supergraph: Option<&Path>,
    compose: Option<&Path>,
    client: &Client,
) -> Result<Supergraph, CliError> {
    match (supergraph, compose) {
        (Some(path), _) => Ok(Supergraph::read(path)?),
        (None, Some(path)) => composed(path, client).await,
        (None, None) => {
            Err(CliError::Operation("no schema is named; use --supergraph or --compose".to_owned()))
        }
    }
}

/// Composes a list of subgraphs.
pub(super) async fn composed(path: &Path, client: &Client) -> Result<Supergraph, CliError> {
    let file = SubgraphsFile::load(path, &ProcessEnvironment)?;
    Ok(Supergraph::compose(&file, path, client).await?)
}
