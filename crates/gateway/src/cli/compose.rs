//! `gateway compose`: subgraphs to a supergraph schema.

use std::io::Write;

use super::arguments::ComposeArguments;
use super::{CliError, check, print};
use crate::config::UpstreamConfig;
use crate::supergraph::Supergraph;
use crate::upstream::Client;

/// Composes and writes the schema; hints go to standard error.
pub(super) async fn compose(arguments: ComposeArguments) -> Result<(), CliError> {
    let client = Client::new(&UpstreamConfig::default())?;
    let supergraph = Supergraph::load(None, Some(&arguments.config), &client).await?;
    for hint in &supergraph.hints {
        let _ = writeln!(std::io::stderr(), "{hint}\n");
    }
    if let Some(old) = &arguments.check_against {
        check::check(old, &supergraph.graph, arguments.operations.as_deref(), arguments.format)?;
    }
    match arguments.output {
        // What changes is on standard output already.
        None if arguments.check_against.is_some() => Ok(()),
        None => print(&supergraph.sdl),
        Some(path) => std::fs::write(&path, &supergraph.sdl).map_err(|reason| CliError::File {
            path,
            done: "written",
            reason,
        }),
    }
}
