//! The franchise platform in one process: the gateway, the four services, embedded storage.
//!
//! [`run`] reads the command line. A [`platform::Platform`] is opened over a [`data_folder`]; `serve` puts a
//! gateway in front of it, [`import`] and [`demo`] fill it (or the [`databases`] of a distributed platform),
//! [`token`] lets people in.

mod audit;
mod cli;
pub mod data_folder;
pub mod databases;
pub mod demo;
pub mod import;
pub mod in_process;
mod place;
pub mod platform;
mod progress;
pub mod serve;
pub mod token;
mod welcome;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use chrono::Utc;
use clap::Parser;
use subgraph::caller::token::Secret;
use subgraph::database::{DatabaseConfig, open};

use cli::{Arguments, Audit, Command, Token};
use data_folder::DataFolder;
use databases::{Databases, SERVICE};
use demo::{Demo, SeedError};
use token::Wanted;

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
        Some(Command::Demo(demo)) => make_demo(demo).await,
        Some(Command::Audit(Audit::Verify(options))) => audit::verify(&options).await,
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
    let (url, secret) = match &wanted.place.databases {
        Some(url) => {
            let file = wanted.secret_file.as_deref().ok_or(
                "`--databases` needs `--secret-file FILE`, the file that the gateway's `callers.keys` name",
            )?;
            (url.replace(SERVICE, "networks"), read_secret(file)?)
        }
        None => {
            let data = DataFolder::open(&wanted.place.data)?;
            (data.database_url("networks"), data.user_secret)
        }
    };
    let directory = open::<networks::Migrator>(&DatabaseConfig::new(url)).await?;
    let valid_for = Duration::from_secs(u64::from(wanted.hours) * 3600);
    let allowed =
        Wanted { role: wanted.role.map(Into::into), unit: wanted.unit.as_deref(), scopes: &wanted.scope };
    let token = token::make(&directory, &secret, allowed, valid_for).await?;
    writeln!(std::io::stdout(), "{token}")?;
    Ok(())
}

fn read_secret(file: &Path) -> Result<Secret, Failure> {
    let bytes = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(Secret::new(bytes.trim_ascii()).map_err(|problem| format!("{}: {problem}", file.display()))?)
}

async fn make_demo(wanted: cli::Demo) -> Result<(), Failure> {
    let databases = Databases::open_each(&wanted.databases).await?;
    let today = Utc::now().date_naive();
    let made_on = wanted.made_on.unwrap_or(today);
    if made_on > today {
        return Err(
            format!("`--made-on {made_on}` is in the future: give the day the demo was made on").into()
        );
    }
    let demo = Demo { seed: demo::SEED, made_on, scale: wanted.scale() };
    let bar = progress::bar("Making demo data", 0);
    let progress = |done, total| progress::show(&bar, done, total);
    demo::complete(demo, &databases, today, &progress).await.map_err(|error| match error {
        SeedError::OtherUnits(_) => {
            format!(
                "{error}: use empty databases, or repeat with the options that it was made with, and its day as `--made-on DATE`"
            )
        }
        other => other.to_string(),
    })?;
    bar.finish_and_clear();
    databases.catch_up().await?;
    databases.audit_loads().await?;
    let again =
        format!("to add the days to come, repeat with `--made-on {made_on}{}`", wanted.scale_options());
    writeln!(std::io::stdout(), "demo data of {made_on} is in the databases; {again}")?;
    Ok(())
}
