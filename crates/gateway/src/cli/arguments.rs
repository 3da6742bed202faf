//! What can be written on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::address;

/// A GraphQL federation gateway: one graph in front of many GraphQL services.
#[derive(Debug, Parser)]
#[command(name = "gateway", version, propagate_version = true, after_help = EXAMPLES)]
#[command(arg_required_else_help = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "Examples:
  Serve a composed schema; routing URLs come from the schema itself:
    gateway serve --supergraph supergraph.graphql

  Compose the subgraphs of a list and serve them, with the explorer page at http://127.0.0.1:4000/:
    gateway serve --compose supergraph.yaml --dev

  See how an operation is split among subgraphs:
    gateway plan --compose supergraph.yaml --operation query.graphql

  Check stored operations against a schema:
    gateway validate --supergraph supergraph.graphql --operations operations";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve a graph over HTTP until stopped (ctrl-c or SIGTERM).
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArguments),
    /// Compose subgraphs into a supergraph schema.
    #[command(after_help = COMPOSE_EXAMPLES)]
    Compose(ComposeArguments),
    /// Show the query plan of an operation.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArguments),
    /// Check operations: errors, cost, requests, advice.
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArguments),
    /// Register and retire stored operations in a database that gateways follow.
    #[command(after_help = OPERATIONS_EXAMPLES)]
    Operations(Registration),
    /// Check and explain configuration files.
    #[command(after_help = CONFIG_EXAMPLES)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

const CONFIG_EXAMPLES: &str = "Examples:
  gateway config check gateway.yaml
  gateway config check --all gateway.yaml
  gateway config show gateway.yaml
  gateway config schema > gateway.schema.json     # and at the head of the file, for editors:
                                                  # yaml-language-server: $schema=gateway.schema.json

Exit codes: 0 no problem; 1 the file, or something it names, has problems, and all are listed; 2 wrong usage.";

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// List every problem of a configuration file
    Check {
        /// The file
        file: PathBuf,
        /// Read what the file names, too, as `serve` does: schemas (services are asked for theirs), keys, stored operations
        #[arg(long)]
        all: bool,
    },
    /// Show every value that takes effect, and where it comes from; secrets are left out
    Show {
        /// The file
        file: PathBuf,
    },
    /// Print the JSON schema of configuration files, for editors
    Schema,
    /// Print the reference of all keys, in Markdown
    Reference,
}

const OPERATIONS_EXAMPLES: &str = "Examples:
  gateway operations --database 'sqlite://operations.db?mode=rwc' register top.graphql --owner web-team
  gateway operations --database 'sqlite://operations.db?mode=rwc' list
  gateway operations --database 'sqlite://operations.db?mode=rwc' show top
  gateway operations --database 'sqlite://operations.db?mode=rwc' retire top

Gateways with `operations.registry` in their configuration serve a change within seconds.

Exit codes: 0 done; 1 the operation is not valid or not registered, or the database does not answer; 2 wrong usage.";

#[derive(Debug, Args)]
pub(super) struct Registration {
    /// The registry's database: `sqlite://FILE?mode=rwc` or `postgres://USER:PASSWORD@HOST:PORT/NAME`
    #[arg(long, value_name = "URL", env = "REGISTRY_DATABASE_URL", hide_env_values = true)]
    pub(super) database: String,
    #[command(subcommand)]
    pub(super) command: OperationsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum OperationsCommand {
    /// List what is registered
    List {
        /// Also what is retired
        #[arg(long)]
        retired: bool,
        /// How operations are written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show all versions of an operation, newest first
    Show {
        /// What clients call it
        id: String,
        /// How versions are written
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Register an operation, or a new version of it
    Register(Register),
    /// Retire an operation: gateways stop serving it
    Retire {
        /// What clients call it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Register {
    /// A file with one operation
    pub(super) file: PathBuf,
    /// What clients call it [default: the file's name]
    #[arg(long)]
    pub(super) id: Option<String>,
    /// The team or person who answers for it
    #[arg(long)]
    pub(super) owner: String,
    /// What it is for [default: the comment at its head]
    #[arg(long)]
    pub(super) description: Option<String>,
    /// The day from which clients should use something else
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) deprecated_on: Option<chrono::NaiveDate>,
    /// Who registers it
    #[arg(long, value_name = "NAME", default_value = "command line")]
    pub(super) by: String,
    /// Check it against this supergraph schema first
    #[arg(long, value_name = "FILE", conflicts_with = "compose")]
    pub(super) supergraph: Option<PathBuf>,
    /// Check it against the subgraphs of this list first
    #[arg(long, value_name = "FILE")]
    pub(super) compose: Option<PathBuf>,
}

const SERVE_EXAMPLES: &str = "Examples:
  gateway serve --supergraph supergraph.graphql
  gateway serve --compose supergraph.yaml --listen 0.0.0.0:8080
  gateway serve --config gateway.yaml
  curl http://127.0.0.1:4000/graphql -H 'content-type: application/json' -d '{\"query\":\"{ __typename }\"}'

Outside development mode (--dev) the schema is not shown to anonymous callers and the explorer page is off.";

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub(super) source: ServeSource,
    /// The address to listen on [default: 127.0.0.1:4000, or `listen` of the configuration]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub(super) listen: Option<SocketAddr>,
    /// Development mode: introspection for everyone, the explorer page, query plans on request
    #[arg(long)]
    pub(super) dev: bool,
    /// A folder of stored operations (`*.graphql`), run by name at /graphql/operations/{id}
    #[arg(long, value_name = "FOLDER")]
    pub(super) operations: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct ServeSource {
    /// A gateway configuration (YAML); names its schema with `supergraph` or `compose`
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// A composed supergraph schema (SDL)
    #[arg(long, value_name = "FILE")]
    pub(super) supergraph: Option<PathBuf>,
    /// A list of subgraphs to compose (`supergraph.yaml`)
    #[arg(long, value_name = "FILE")]
    pub(super) compose: Option<PathBuf>,
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
  Values may hold ${env.NAME} and ${env.NAME:-default}.

With --check-against, what changes for clients is listed on standard output, and the schema goes to --output
only. Nothing is written when a change is breaking:
  gateway compose --config supergraph.yaml --check-against supergraph.graphql --operations operations

Exit codes: 0 composed, and nothing breaks; 1 the subgraphs do not compose, a file cannot be read or written,
or a change is breaking; 2 wrong usage.";

#[derive(Debug, Args)]
pub(super) struct ComposeArguments {
    /// The list of subgraphs (`supergraph.yaml`)
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Where to write the schema [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// List what changes for clients of this supergraph schema; breaking changes fail
    #[arg(long, value_name = "FILE")]
    pub(super) check_against: Option<PathBuf>,
    /// A folder of stored operations (`*.graphql`): say which of them a change concerns
    #[arg(long, value_name = "FOLDER", requires = "check_against")]
    pub(super) operations: Option<PathBuf>,
    /// How changes are listed
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "check_against")]
    pub(super) format: Format,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

const PLAN_EXAMPLES: &str = "Examples:
  gateway plan --supergraph supergraph.graphql --operation query.graphql
  gateway plan --compose supergraph.yaml --operation queries.graphql --name TopProducts --format json
  gateway plan --supergraph supergraph.graphql --operation query.graphql --format mermaid > plan.mmd

Exit codes: 0 planned; 1 the schema or the operation is not valid, or cannot be planned; 2 wrong usage.";

#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    pub(super) source: PlanSource,
    /// A file with the operation; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(super) operation: PathBuf,
    /// Which operation of the file, if it has several
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Variables as a JSON object, for operations whose @skip or @include depend on some
    #[arg(long, value_name = "JSON")]
    pub(super) variables: Option<String>,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(super) format: PlanFormat,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct PlanSource {
    /// A composed supergraph schema (SDL)
    #[arg(long, value_name = "FILE")]
    pub(super) supergraph: Option<PathBuf>,
    /// A list of subgraphs to compose (`supergraph.yaml`)
    #[arg(long, value_name = "FILE")]
    pub(super) compose: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PlanFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A flowchart, as Markdown pages draw it
    Mermaid,
}

const VALIDATE_EXAMPLES: &str = "Examples:
  gateway validate --supergraph supergraph.graphql --operation query.graphql
  gateway validate --supergraph supergraph.graphql --operations operations --max-cost 5000 --format json

The cost is an estimate before running (https://ibm.github.io/graphql-specs/cost-spec.html): objects count 1, leaves
nothing, a mutation 10 besides; @cost and @listSize say otherwise. Variables without a value count as their default.

Exit codes: 0 all operations are valid and within --max-cost; 1 one is not, or a file cannot be read; 2 wrong usage.";

#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    #[command(flatten)]
    pub(super) source: PlanSource,
    #[command(flatten)]
    pub(super) documents: Documents,
    /// Variables as a JSON object; without them, the estimate knows defaults only
    #[arg(long, value_name = "JSON", conflicts_with = "operations")]
    pub(super) variables: Option<String>,
    /// The most an operation may cost
    #[arg(long, value_name = "COST")]
    pub(super) max_cost: Option<u64>,
    /// How many values a list without @listSize is taken to have
    #[arg(long, value_name = "VALUES", default_value_t = federation::operation::CostOptions::default().list_size)]
    pub(super) list_size: u64,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Documents {
    /// A file with operations; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(super) operation: Option<PathBuf>,
    /// A folder of stored operations (`*.graphql`)
    #[arg(long, value_name = "FOLDER")]
    pub(super) operations: Option<PathBuf>,
}
