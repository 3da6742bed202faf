//! `gateway compose`: subgraphs to a supergraph schema.

use std::io::Write;

use super::load::composed;
use super::{CliError, ComposeArguments, print};
use crate::config::UpstreamConfig;
use crate::upstream::Client;

/// Composes and writes the schema; hints go to standard error.
pub(super) async fn compose(arguments: ComposeArguments) -> Result<(), CliError> {
    let client = Client::new(&UpstreamConfig::default())?;
    let supergraph = composed(&arguments.config, &client).await?;
    for hint in &supergraph.hints {
        let _ = writeln!(std::io::stderr(), "{hint}\n");
    }
    match arguments.output {
        None => print(&supergraph.sdl),
        Some(path) => std::fs::write(&path, &supergraph.sdl).map_err(|reason| CliError::File {
            path,
            done: "written",
            reason,
        }),
    }
}
