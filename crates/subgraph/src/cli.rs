//! The command line of a service: `NAME serve --listen ADDR --database URL`, `NAME --print-schema`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::caller::token::{MIN_SECRET_BYTES, Secret};
use crate::database::{DatabaseConfig, open};
use crate::directory::follow::{Follower, HttpSource};
use crate::service::{Service, Subgraph, print_schema};
use crate::subscription::{Flags, Limits};
use crate::telemetry::{self, Otlp};

/// How long a change of units or memberships may take to reach this service.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(2);

/// Which log lines are written.
const USUAL_LINES: &str = "info,sqlx=warn,sea_orm_migration=warn";

/// A GraphQL subgraph service of the franchise platform.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print the schema (SDL with federation directives) and exit.
    #[arg(long)]
    print_schema: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate the database and answer requests on /graphql, /health and /ready.
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_parser = address, value_name = "ADDR")]
    listen: SocketAddr,
    /// sqlite://FILE?mode=rwc or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database: String,
    /// File with the secret that the gateway signs caller tokens with (at least 32 bytes).
    #[arg(long, env = "INTERNAL_SECRET_FILE", value_name = "FILE")]
    internal_secret_file: Option<PathBuf>,
    /// Where the networks service is; its directory of units and memberships is followed from there.
    #[arg(long, env = "NETWORKS_URL", value_name = "URL")]
    networks_url: Option<String>,
    /// The most database connections held open at once. One more listens to PostgreSQL while subscribers follow changes.
    #[arg(long, default_value_t = 8, value_name = "N")]
    max_connections: u32,
    #[command(flatten)]
    subscriptions: Flags,
    /// How long it may take to send a message to a subscriber, in seconds; who takes nothing for longer is cut off.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600), value_name = "SECONDS")]
    subscription_send_timeout: u64,
    #[command(flatten)]
    otlp: Otlp,
}

impl Serve {
    fn limits(&self) -> Limits {
        let send_timeout = Duration::from_secs(self.subscription_send_timeout);
        Limits { send_timeout, ..self.subscriptions.limits() }
    }
}

/// An address to listen on, from a command line.
///
/// # Errors
/// When the text is none: what one looks like.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an address is an IP address and a port, for example 127.0.0.1:4000".to_owned())
}

/// Runs the command line of a service to its end.
pub async fn main<S: Subgraph>() -> ExitCode {
    let arguments = Arguments::command().name(S::NAME).about(format!("The {} subgraph service.", S::NAME));
    let arguments = match Arguments::from_arg_matches(&arguments.get_matches()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let result = match arguments.command {
        _ if arguments.print_schema => say(print_schema::<S>().trim_end()),
        Some(Command::Serve(serve)) => run::<S>(serve).await,
        None => Err(format!("nothing to do: try `{0} serve --database URL` or `{0} --help`", S::NAME)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| format!("cannot write to standard output: {error}"))
}

async fn run<S: Subgraph>(serve: Serve) -> Result<(), String> {
    let exporting = telemetry::init(S::NAME, USUAL_LINES, &serve.otlp).map_err(|error| error.to_string())?;
    let limits = serve.limits();
    let secret = internal_secret(serve.internal_secret_file.as_deref())?;
    let networks_url = serve.networks_url.filter(|_| !S::PUBLISHES_DIRECTORY);
    let source = networks_url.map(|url| source::<S>(&url, secret.clone())).transpose()?;
    let mut config = DatabaseConfig::new(&serve.database);
    config.max_connections = serve.max_connections;
    let database = open::<S::Migrator>(&config).await.map_err(|error| error.to_string())?;
    let service = Arc::new(Service::with_limits::<S>(database.clone(), secret, limits));
    let listener = TcpListener::bind(serve.listen).await.map_err(|error| {
        format!(
            "cannot listen on {}: {error}; choose another with `--listen ADDR` (port 0 takes a free one)",
            serve.listen
        )
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    if source.is_none() && !S::PUBLISHES_DIRECTORY {
        tracing::warn!(
            "no `--networks-url`: units and memberships are those that the database has, and no change of them is followed"
        );
    }
    if let Some(source) = source {
        let follower = Follower::new(database, Arc::new(source), service.grants.clone());
        tokio::spawn(follower.run(None, FOLLOW_INTERVAL));
    }
    tokio::spawn(service.upkeep());
    say(&format!("{} answers on http://{address}/graphql", S::NAME))?;
    let served = crate::serve::serve(listener, service, stop_signal()).await;
    if let Some(exporting) = exporting {
        exporting.finish().await;
    }
    served.map_err(|error| error.to_string())
}

/// The networks service's feed.
fn source<S: Subgraph>(url: &str, secret: Secret) -> Result<HttpSource, String> {
    let known =
        url.parse::<http::Uri>().is_ok_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
    if !known {
        return Err(format!(
            "`--networks-url {url}` is not the address of the networks service: write it as `http://127.0.0.1:4101`"
        ));
    }
    Ok(HttpSource::new(url, S::NAME, secret))
}

/// Without a file a random secret is made: the service runs and shows its schema, but no caller token can be
/// valid. That is the safe side of a missing setting.
fn internal_secret(file: Option<&std::path::Path>) -> Result<Secret, String> {
    let Some(file) = file else {
        tracing::warn!(
            "no `--internal-secret-file`: every request for data will be refused, since no gateway can sign for this service"
        );
        let random: Vec<u8> =
            [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].iter().flat_map(|id| *id.as_bytes()).collect();
        return Secret::new(random);
    };
    let bytes = std::fs::read(file)
        .map_err(|error| format!("cannot read `--internal-secret-file` {}: {error}", file.display()))?;
    let trimmed = bytes.trim_ascii();
    Secret::new(trimmed).map_err(|problem| {
        format!("{}: {problem}; `head -c {MIN_SECRET_BYTES} /dev/urandom | base64` makes one", file.display())
    })
}

/// Completes at the first Ctrl-C or SIGTERM. A second one ends the process at once.
pub async fn stop_signal() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    either(&mut interrupt, &mut terminate).await;
    tokio::spawn(async move {
        either(&mut interrupt, &mut terminate).await;
        std::process::exit(130);
    });
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
