//! The command line: `franchise [serve]`, `franchise import`, `franchise token`, `franchise demo`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use gateway::config::{ListenerTls, Time};
use subgraph::caller::Role;
use subgraph::subscription::Flags;
use subgraph::telemetry::Otlp;

use crate::demo::Scale;

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
  franchise token --scope operations:admin       a token that may register stored operations, too
  franchise import --network acme --create-network \"Acme Cuts\" --locations locations.csv
  franchise import --network acme --performance 2026.csv
  franchise demo --databases 'postgres://me@localhost/{service}'
  franchise audit verify --noted heads.txt       check the audit trail against what an earlier check printed
  franchise token --databases 'postgres://me@localhost/{service}' --secret-file user.secret";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the platform.
    Serve(Serve),
    /// Import locations and daily figures from CSV files; all or nothing per file.
    Import(Import),
    /// Print a bearer token.
    Token(Token),
    /// Fill the databases of a distributed platform with demo data.
    Demo(Demo),
    /// Check the audit trail.
    #[command(subcommand)]
    Audit(Audit),
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4000", value_parser = subgraph::cli::address, value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Folder of databases and secrets; made when missing.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// Do not make demo data.
    #[arg(long)]
    pub empty: bool,
    /// Where Prometheus reads metrics, at /metrics: an address of its own. Without it, nothing is counted.
    #[arg(long, value_parser = subgraph::cli::address, value_name = "ADDR")]
    pub metrics_listen: Option<SocketAddr>,
    /// How long connections are still accepted after the signal to stop, while /ready says that the platform stops, such as
    /// 5s: as long as it takes until no requests are sent here any more.
    #[arg(long, value_name = "DURATION")]
    pub drain_delay: Option<Time>,
    #[command(flatten)]
    pub tls: Option<Tls>,
    #[command(flatten)]
    pub subscriptions: Flags,
    #[command(flatten)]
    pub otlp: Otlp,
    /// How often metrics are sent to the collector of --otlp-endpoint, such as 60s, once a second at most. Without it,
    /// they are not.
    #[arg(long, value_name = "DURATION", value_parser = metrics_interval, requires = "otlp_endpoint")]
    pub otlp_metrics_interval: Option<Time>,
}

/// How connections are encrypted; without these options they are not.
#[derive(Clone, Debug, Args)]
#[group(requires_all = ["certificate", "key"])]
pub(crate) struct Tls {
    /// Serve by TLS, with this certificate and those that lead to its authority: PEM. The files of these options are read
    /// again when they change.
    #[arg(long = "tls-certificate", required = false, value_name = "FILE")]
    pub certificate: PathBuf,
    /// The key of that certificate: PEM.
    #[arg(long = "tls-key", required = false, value_name = "FILE")]
    pub key: PathBuf,
    /// Authorities: only clients with a certificate of one of them get a connection. PEM.
    #[arg(long = "tls-client-ca", value_name = "FILE")]
    pub client_ca: Option<PathBuf>,
}

impl From<Tls> for ListenerTls {
    fn from(Tls { certificate, key, client_ca }: Tls) -> Self {
        Self { certificate_file: certificate, key_file: key, client_ca_file: client_ca }
    }
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
    /// Who imports, as the audit trail names them; without it and without `USER` the number of the process's user.
    #[arg(long, env = "USER", value_parser = name, value_name = "NAME")]
    pub by: Option<String>,
    #[command(flatten)]
    pub place: Place,
}

/// What to do with the audit trail.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check that no entry was changed, removed or slipped in: prints each network with the number of its entries and the
    /// hash of the last, and fails when a trail is broken, with the first place.
    Verify(Verify),
}

/// Options of `audit verify`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Verify {
    /// What an earlier check printed: the trails must still contain it. It finds a trail that was written anew as a
    /// whole, or cut off at its end.
    #[arg(long, value_name = "FILE")]
    pub noted: Option<PathBuf>,
    #[command(flatten)]
    pub place: Place,
}

/// Where a platform keeps its data.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// The data folder of an embedded platform.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// The databases of a distributed platform: a URL with `{service}` in it, which stands for networks,
    /// analytics, compliance and integrations.
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub databases: Option<String>,
}

/// Options of `demo`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Demo {
    /// The databases: a URL with `{service}` in it, which stands for networks, analytics, compliance and
    /// integrations.
    #[arg(long, value_name = "URL")]
    pub databases: String,
    /// The day the demo was made on first; with it, an interrupted run is completed and figures are added up to
    /// yesterday [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub made_on: Option<NaiveDate>,
    /// How many days the figures reach back from the day the demo was made on.
    #[arg(long, default_value_t = Scale::FULL.days, value_parser = clap::value_parser!(u32).range(1..=3650), value_name = "DAYS")]
    pub days: u32,
    /// The most groups in each region [default: as many as the franchises have]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), value_name = "NUMBER")]
    pub groups_per_region: Option<u16>,
    /// The most locations in each group [default: as many as the franchises have]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), value_name = "NUMBER")]
    pub locations_per_group: Option<u16>,
}

impl Demo {
    /// How much demo data is wanted.
    pub(crate) fn scale(&self) -> Scale {
        let most = |number: Option<u16>| number.map_or(usize::MAX, usize::from);
        Scale {
            groups_per_region: most(self.groups_per_region),
            locations_per_group: most(self.locations_per_group),
            days: self.days,
        }
    }

    /// The options that ask for as much demo data again.
    pub(crate) fn scale_options(&self) -> String {
        let days = (self.days != Scale::FULL.days).then(|| format!(" --days {}", self.days));
        let groups = self.groups_per_region.map(|number| format!(" --groups-per-region {number}"));
        let locations = self.locations_per_group.map(|number| format!(" --locations-per-group {number}"));
        [days, groups, locations].into_iter().flatten().collect()
    }
}

/// Options of `token`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Token {
    #[command(flatten)]
    pub place: Place,
    /// The file with the secret that signs tokens, for a distributed platform: an embedded one has its own.
    #[arg(long, value_name = "FILE", requires = "databases")]
    pub secret_file: Option<PathBuf>,
    /// Act as no more than this role; without it, as the owner of the network.
    #[arg(long, value_enum, ignore_case = true, value_name = "ROLE")]
    pub role: Option<RoleName>,
    /// Act on this unit and below only: an id, a network's slug or the code of a region, group or location.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// What else the token allows, such as `operations:admin` for the registry of stored operations; may be repeated.
    #[arg(long, value_parser = scope, value_name = "NAME")]
    pub scope: Vec<String>,
    /// How long the token holds, in hours.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=720), value_name = "HOURS")]
    pub hours: u32,
}

/// A name for people.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err("a name has 1 to 200 characters in one line".to_owned());
    }
    Ok(text.to_owned())
}

/// One scope (RFC 6749, section 3.3).
fn scope(text: &str) -> Result<String, String> {
    let fit = |byte: u8| (0x21..=0x7e).contains(&byte) && !matches!(byte, b'"' | b'\\');
    if !text.is_empty() && text.bytes().all(fit) {
        return Ok(text.to_owned());
    }
    Err("a scope has no spaces, quotes or backslashes; repeat `--scope` for several".to_owned())
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

/// Reads how often metrics are sent.
fn metrics_interval(text: &str) -> Result<Time, String> {
    let interval: Time = text.parse()?;
    if interval.0 < Duration::from_secs(1) { Err("must be at least 1s".to_owned()) } else { Ok(interval) }
}
