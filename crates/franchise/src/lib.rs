//! The franchise platform in one process: the gateway, the four services, embedded storage.
//!
//! [`run`] reads the command line. A [`platform::Platform`] is opened over a [`data_folder`]; `serve` puts a
//! gateway in front of it, [`import`] and [`demo`] fill it, [`token`] lets people in.

mod cli;
pub mod data_folder;
pub mod demo;
pub mod import;
mod in_process;
pub mod platform;
mod progress;
pub mod serve;
pub mod token;
mod welcome;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use subgraph::database::{DatabaseConfig, open};

use cli::{Arguments, Command, Token};
use data_folder::DataFolder;

/// An error for the terminal: whatever the failing part says.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command line to its end.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        None => serve::run(arguments.serve).await,
        Some(Command::Serve(serve)) => serve::run(serve).await,
        Some(Command::Import(import)) => import::run(&import).await,
        Some(Command::Token(token)) => print_token(token).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn print_token(wanted: Token) -> Result<(), Failure> {
    let data = DataFolder::open(&wanted.data)?;
    let config = DatabaseConfig::new(data.database_url("networks"));
    let directory = open::<networks::Migrator>(&config).await?;
    let valid_for = Duration::from_secs(u64::from(wanted.hours) * 3600);
    let role = wanted.role.map(Into::into);
    let token = token::make(&directory, &data.user_secret, role, wanted.unit.as_deref(), valid_for).await?;
    writeln!(std::io::stdout(), "{token}")?;
    Ok(())
}
