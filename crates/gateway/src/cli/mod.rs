//! The command line: one module for each command.

mod arguments;
mod check;
mod compose;
mod config;
mod operations;
mod plan;
mod serve;
mod validate;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use owo_colors::{OwoColorize, Stream};

use self::arguments::{Cli, Command};
use crate::config::Problems;
use crate::operations::OperationsError;
use crate::registry::RegistryError;
use crate::reload::BuildError;
use crate::store::StoreError;
use crate::supergraph::SourceError;
use crate::telemetry::{self, TelemetryError};
use crate::tls::TlsError;

/// Why a command failed. The texts are for whoever typed it.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{0}")]
    Config(#[from] Problems),
    #[error("{0}")]
    Source(#[from] SourceError),
    #[error("{0}")]
    Tls(#[from] TlsError),
    #[error("{0}")]
    Build(#[from] BuildError),
    #[error("{0}")]
    Telemetry(#[from] TelemetryError),
    #[error("{0}")]
    Export(#[from] traces::ExportError),
    #[error("{0}")]
    Engine(#[from] federation::BuildError),
    #[error("cannot listen on {address}: {reason}")]
    Listen { address: SocketAddr, reason: String },
    #[error("{}: cannot be {done} ({reason}); check the path and its permissions", path.display())]
    File { path: PathBuf, done: &'static str, reason: std::io::Error },
    #[error("{0}")]
    Operations(#[from] OperationsError),
    #[error("{0}")]
    Registry(#[from] RegistryError),
    #[error("{0}")]
    Redis(#[from] StoreError),
    #[error("{0}")]
    Operation(String),
    #[error("{invalid} of {total} operation(s) are not accepted")]
    Invalid { invalid: usize, total: usize },
    #[error("{} breaking change(s) against {}; nothing was written", changes, path.display())]
    Breaking { changes: usize, path: PathBuf },
    #[error("the runtime cannot start: {0}")]
    Runtime(std::io::Error),
}

/// Runs a command with the process's arguments; the exit code is 0, 1 for a failure, 2 for wrong usage.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and succeeds, wrong usage to standard error and fails.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)
        .and_then(|runtime| runtime.block_on(dispatch(cli.command)));
    telemetry::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command) -> Result<(), CliError> {
    match command {
        Command::Serve(arguments) => serve::serve(arguments).await,
        Command::Compose(arguments) => compose::compose(arguments).await,
        Command::Plan(arguments) => plan::plan(arguments).await,
        Command::Validate(arguments) => validate::validate(arguments).await,
        Command::Operations(arguments) => operations::operations(arguments).await,
        Command::Config { command } => config::config(command).await,
    }
}

/// Writes a failure to standard error. Findings of composition carry their own label.
fn complain(message: &str) {
    let label = "error:".if_supports_color(Stream::Stderr, |text| text.red().bold().to_string()).to_string();
    let text = if message.starts_with("error[") { message.to_owned() } else { format!("{label} {message}") };
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether text on standard error may have colours (<https://no-color.org>).
fn colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), CliError> {
    let failed = |reason| CliError::File { path: "standard output".into(), done: "written", reason };
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(failed)
}
