//! The command line: `gateway serve`, `gateway compose`, `gateway plan`.

mod compose;
mod load;
mod plan;
mod serve;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use owo_colors::{OwoColorize, Stream};

use crate::app::StartError;
use crate::config::Problems;
use crate::supergraph::SourceError;
use crate::telemetry::LogError;
use crate::upstream::TlsError;

/// A GraphQL federation gateway: one graph in front of many GraphQL services.
#[derive(Debug, Parser)]
#[command(name = "gateway", version, propagate_version = true, after_help = EXAMPLES)]
#[command(arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  Serve a composed schema; routing URLs come from the schema itself:
    gateway serve --supergraph supergraph.graphql

  Compose the subgraphs of a list and serve them, with the explorer page at http://127.0.0.1:4000/:
    gateway serve --compose supergraph.yaml --dev

  See how an operation is split among subgraphs:
    gateway plan --compose supergraph.yaml --operation query.graphql";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a graph over HTTP until stopped (ctrl-c or SIGTERM).
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArguments),
    /// Compose subgraphs into a supergraph schema.
    #[command(after_help = COMPOSE_EXAMPLES)]
    Compose(ComposeArguments),
    /// Show the query plan of an operation.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArguments),
}

const SERVE_EXAMPLES: &str = "Examples:
  gateway serve --supergraph supergraph.graphql
  gateway serve --compose supergraph.yaml --listen 0.0.0.0:8080
  gateway serve --config gateway.yaml
  curl http://127.0.0.1:4000/graphql -H 'content-type: application/json' -d '{\"query\":\"{ __typename }\"}'

Outside development mode (--dev) the schema is not shown to anonymous callers and the explorer page is off.";

#[derive(Debug, Args)]
struct ServeArguments {
    #[command(flatten)]
    source: ServeSource,
    /// The address to listen on [default: 127.0.0.1:4000, or `listen` of the configuration]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Development mode: introspection for everyone, the explorer page, query plans on request
    #[arg(long)]
    dev: bool,
    /// A folder of stored operations (`*.graphql`), run by name at /graphql/operations/{id}
    #[arg(long, value_name = "FOLDER")]
    operations: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ServeSource {
    /// A gateway configuration (YAML); names its schema with `supergraph` or `compose`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A composed supergraph schema (SDL)
    #[arg(long, value_name = "FILE")]
    supergraph: Option<PathBuf>,
    /// A list of subgraphs to compose (`supergraph.yaml`)
    #[arg(long, value_name = "FILE")]
    compose: Option<PathBuf>,
}

const COMPOSE_EXAMPLES: &str = "Examples:
  gateway compose --config supergraph.yaml --output supergraph.graphql
  gateway compose --config supergraph.yaml > supergraph.graphql

The list names each subgraph's schema file or running service:
  subgraphs:
    products:
      routing_url: http://127.0.0.1:4001/graphql
      schema:
        file: products.graphql
    reviews:
      schema:
        subgraph_url: http://127.0.0.1:4002/graphql
  Values may hold ${env.NAME} and ${env.NAME:-default}.";

#[derive(Debug, Args)]
struct ComposeArguments {
    /// The list of subgraphs (`supergraph.yaml`)
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Where to write the schema [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const PLAN_EXAMPLES: &str = "Examples:
  gateway plan --supergraph supergraph.graphql --operation query.graphql
  gateway plan --compose supergraph.yaml --operation queries.graphql --name TopProducts --format json";

#[derive(Debug, Args)]
struct PlanArguments {
    #[command(flatten)]
    source: PlanSource,
    /// A file with the operation; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    operation: PathBuf,
    /// Which operation of the file, if it has several
    #[arg(long)]
    name: Option<String>,
    /// Variables as a JSON object, for operations whose @skip or @include depend on some
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    format: PlanFormat,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct PlanSource {
    /// A composed supergraph schema (SDL)
    #[arg(long, value_name = "FILE")]
    supergraph: Option<PathBuf>,
    /// A list of subgraphs to compose (`supergraph.yaml`)
    #[arg(long, value_name = "FILE")]
    compose: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PlanFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

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
    Start(#[from] StartError),
    #[error("{0}")]
    Log(#[from] LogError),
    #[error("{0}")]
    Engine(#[from] federation::BuildError),
    #[error("cannot listen on {address}: {reason}")]
    Listen { address: SocketAddr, reason: String },
    #[error("{}: cannot be {done} ({reason}); check the path and its permissions", path.display())]
    File { path: PathBuf, done: &'static str, reason: std::io::Error },
    #[error("{0}")]
    Operation(String),
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
