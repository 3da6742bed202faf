//! `gateway config`: what a configuration file says, what there is to say, and whether it is said well.

use std::path::Path;

use super::arguments::ConfigCommand;
use super::{CliError, print};
use crate::config::{Config, ProcessEnvironment, reference, schema};
use crate::reload::Source;

/// Runs one of the commands.
pub(super) async fn config(command: ConfigCommand) -> Result<(), CliError> {
    match command {
        ConfigCommand::Check { file, all } => check(&file, all).await,
        ConfigCommand::Show { file } => print(&Config::effective(&file, &ProcessEnvironment)?),
        ConfigCommand::Schema => print(&schema()),
        ConfigCommand::Reference => print(&reference()),
    }
}

async fn check(file: &Path, all: bool) -> Result<(), CliError> {
    let config = Config::load(file, &ProcessEnvironment)?;
    if all {
        let read = Box::new(move || Ok(config.clone()));
        let source = Source { read, file: Some(file.to_path_buf()) };
        source.gateway(source.material(None).await?)?;
    }
    print(&format!("{}: no problem found\n", file.display()))
}
