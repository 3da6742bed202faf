//! The command line: `franchise [serve]`, `franchise import`, `franchise token`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use subgraph::caller::Role;

/// The franchise platform in one process: gateway, four subgraph services, embedded storage.
///
/// Without a command it serves: on the first start in an empty data folder it makes demo data, two franchise
/// networks with about 400 locations and two years of figures.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What to do; `serve` when absent.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

const EXAMPLES: &str = "\
Examples:
  franchise                                      start with demo data in ./data
  franchise serve --listen 127.0.0.1:8080 --data /srv/franchise
  franchise serve --empty                        start without demo data
  franchise token --role ANALYST --unit NE       a token that sees one region's figures
  franchise import --network acme --create-network \"Acme Cuts\" --locations locations.csv
  franchise import --network acme --performance 2026.csv";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the platform.
    Serve(Serve),
    /// Import locations and daily figures from CSV files; all or nothing per file.
    Import(Import),
    /// Print a bearer token.
    Token(Token),
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4000", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Folder of databases and secrets; made when missing.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// Do not make demo data.
    #[arg(long)]
    pub empty: bool,
}

/// Options of `import`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Import {
    /// The network's slug.
    #[arg(long, value_name = "SLUG")]
    pub network: String,
    /// Make the network, with this name, if there is none with the slug yet.
    #[arg(long, value_name = "NAME")]
    pub create_network: Option<String>,
    /// CSV file of locations; `docs/import.md` lists the columns.
    #[arg(long, value_name = "FILE")]
    pub locations: Option<PathBuf>,
    /// CSV file of daily figures; `docs/import.md` lists the columns.
    #[arg(long, value_name = "FILE")]
    pub performance: Option<PathBuf>,
    /// The platform's data folder.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
}

/// Options of `token`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Token {
    /// The platform's data folder.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// Act as no more than this role; without it, as the owner of the network.
    #[arg(long, value_enum, ignore_case = true, value_name = "ROLE")]
    pub role: Option<RoleName>,
    /// Act on this unit and below only: an id, a network's slug or the code of a region, group or location.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// How long the token holds, in hours.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=720), value_name = "HOURS")]
    pub hours: u32,
}

/// Roles by the names the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RoleName {
    Owner,
    Admin,
    Manager,
    Franchisee,
    ComplianceOfficer,
    Analyst,
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Manager => Self::Manager,
            RoleName::Franchisee => Self::Franchisee,
            RoleName::ComplianceOfficer => Self::ComplianceOfficer,
            RoleName::Analyst => Self::Analyst,
            RoleName::Viewer => Self::Viewer,
        }
    }
}
