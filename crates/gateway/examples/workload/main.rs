//! A load command over loopback HTTP: a gateway as a process, services that answer prepared bytes, and clients
//! that check every answer. Tells what an answer costs the gateway.
//!
//! ```sh
//! cargo build --release -p gateway --bins --examples && target/release/examples/workload
//! ```
//!
//! `equal` and `different` are one query over four services, five levels deep, asked by many clients at a time: with
//! all requests alike, or with a forwarded header of its own for each, so that none can be shared. `catalogue` is a
//! large answer from one service. `stored` reads the first query as a stored operation by `GET`, worked out or kept, and
//! the same bytes from a plain handler. `telemetry` has the second part with and without a limit of cost, access log and
//! metrics. `connections` keeps 2,000 connections open, which ask 1,000 times in a second.

mod clients;
mod plain;
mod process;
mod recording;
mod servers;
mod world;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;

use crate::clients::{Clients, Latencies};
use crate::process::{Server, Setup};
use crate::recording::{Recording, Service};
use crate::world::World;

const SHOP: [Service; 4] = [
    ("people", include_str!("people.graphql")),
    ("products", include_str!("products.graphql")),
    ("reviews", include_str!("reviews.graphql")),
    ("stock", include_str!("stock.graphql")),
];
const CATALOGUE: [Service; 1] = [("catalogue", include_str!("catalogue.graphql"))];

/// Nothing but warnings.
const QUIET: &str = "telemetry:\n  log_filter: warn\n";

/// A limit of cost, a line for each request, and metrics.
const LOUD: &str = "limits:\n  max_cost: 1000000000\n\
                    telemetry:\n  log_filter: info\n  metrics_listen: 127.0.0.1:0\n";

/// Answers are kept.
const KEEPING: &str = "cache:\n  answers:\n    enabled: true\n";

/// How often each of several servers that are compared has its turn.
const TURNS: usize = 7;

const CONNECTIONS: u32 = 2000;

/// Requests a second.
const RATE: u32 = 1000;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Puts a gateway under load and tells what an answer costs.
#[derive(Parser)]
struct Arguments {
    /// The gateway's program.
    #[arg(long, default_value = "target/release/gateway")]
    gateway: PathBuf,
    /// Clients that each wait for their answer before they ask again.
    #[arg(long, default_value_t = 50)]
    clients: u64,
    /// How long each part measures, after a warm-up of a fifth of it.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Only this part: `equal`, `different`, `catalogue`, `stored`, `telemetry` or `connections`.
    #[arg(long)]
    only: Option<String>,
    /// Serves a file instead of measuring.
    #[arg(long, hide = true, requires = "listen")]
    plain: Option<PathBuf>,
    #[arg(long, hide = true)]
    listen: Option<SocketAddr>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    if let (Some(file), Some(address)) = (&arguments.plain, arguments.listen) {
        return plain::serve(file, address).await;
    }
    let wanted = |parts: &[&str]| arguments.only.as_deref().is_none_or(|only| parts.contains(&only));
    if wanted(&["equal", "different", "stored", "telemetry", "connections"]) {
        let shop = Setting::new(World::shop(), &SHOP, include_str!("shop-query.graphql")).await?;
        for (part, unique) in [("equal", false), ("different", true)] {
            if wanted(&[part]) {
                shop.measure(&arguments, part, unique, arguments.clients).await?;
            }
        }
        if wanted(&["stored"]) {
            shop.stored(&arguments).await?;
        }
        if wanted(&["telemetry"]) {
            shop.telemetry(&arguments).await?;
        }
        if wanted(&["connections"]) {
            shop.connections(&arguments).await?;
        }
    }
    if wanted(&["catalogue"]) {
        let query = include_str!("catalogue-query.graphql");
        let catalogue = Setting::new(World::catalogue(), &CATALOGUE, query).await?;
        catalogue.measure(&arguments, "catalogue", false, 1).await?;
    }
    Ok(())
}

/// An operation and its services, which run.
struct Setting {
    recording: Recording,
    query: &'static str,
    /// Requests that reached services.
    asked: Arc<AtomicU64>,
}

impl Setting {
    async fn new(world: World, services: &[Service], query: &'static str) -> Result<Self, Failure> {
        let mut listeners = Vec::new();
        let mut urls = Vec::new();
        for _ in services {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            urls.push(format!("http://{}/graphql", listener.local_addr()?));
            listeners.push(listener);
        }
        let recording = Recording::new(world, services, &urls, query)?;
        let asked = Arc::new(AtomicU64::new(0));
        for (listener, answers) in listeners.into_iter().zip(&recording.answers) {
            tokio::spawn(servers::serve(listener, Arc::new(answers.clone()), asked.clone()));
        }
        Ok(Self { recording, query, asked })
    }

    fn gateway(&self, program: &Path, folder: &Path, config: &str) -> Result<Server, Failure> {
        Server::gateway(&Setup { program, folder, supergraph: &self.recording.supergraph, config })
    }

    fn clients(&self, url: String, body: bool, unique: bool) -> Arc<Clients> {
        let body = body.then(|| serde_json::json!({ "query": self.query }).to_string().into());
        Arc::new(Clients { url, body, expected: self.recording.answer.clone(), unique })
    }

    async fn measure(
        &self,
        arguments: &Arguments,
        part: &str,
        unique: bool,
        clients: u64,
    ) -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let gateway = self.gateway(&arguments.gateway, folder.path(), QUIET)?;
        let asked = self.asked.load(Ordering::Relaxed);
        let load = self.clients(gateway.url.clone(), true, unique);
        let measured = Measured::of(&gateway, load, clients, arguments.seconds).await?;
        let asked = self.asked.load(Ordering::Relaxed) - asked;
        print(&format!(
            "{part}: {} bytes from {} requests, {clients} clients: {measured}, {:.2} requests each",
            self.recording.answer.len(),
            self.recording.requests(),
            asked as f64 / measured.asked as f64,
        ));
        Ok(())
    }

    /// A stored operation, worked out or kept, and a handler that has nothing to do, by turns.
    async fn stored(&self, arguments: &Arguments) -> Result<(), Failure> {
        let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
        let mut gateways = Vec::new();
        for (folder, more) in folders.iter().zip(["", KEEPING]) {
            let operations = folder.path().join("operations");
            std::fs::create_dir(&operations)?;
            std::fs::write(operations.join("shop.graphql"), self.query)?;
            let config = format!("{QUIET}operations:\n  folder: operations\n{more}");
            gateways.push(self.gateway(&arguments.gateway, folder.path(), &config)?);
        }
        let answer = folders[0].path().join("answer.json");
        std::fs::write(&answer, &self.recording.answer)?;
        let plain = Server::plain(&answer)?;
        let servers = std::iter::once(("plain", &plain)).chain(["stored", "kept"].into_iter().zip(&gateways));
        let servers: Vec<_> = servers
            .map(|(what, server)| {
                let url = if what == "plain" {
                    server.url.clone()
                } else {
                    format!("{}/operations/shop", server.url)
                };
                (what, server, self.clients(url, false, false))
            })
            .collect();
        let mut rates = vec![Vec::new(); servers.len()];
        for _ in 0..TURNS {
            for ((what, server, load), rates) in servers.iter().zip(&mut rates) {
                let measured =
                    Measured::of(server, load.clone(), arguments.clients, arguments.seconds).await?;
                print(&format!("{what}: {} clients: {measured}", arguments.clients));
                rates.push(measured.rate());
            }
        }
        for ((what, ..), rates_of) in servers.iter().zip(&rates).skip(1) {
            let ratio = median(rates_of.iter().zip(&rates[0]).map(|(own, plain)| own / plain));
            print(&format!("{what}: {ratio:.2} times the answers of the plain handler, by the median"));
        }
        Ok(())
    }

    /// What a limit of cost, access log and metrics take, by turns.
    async fn telemetry(&self, arguments: &Arguments) -> Result<(), Failure> {
        let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
        let [quiet, loud] = &folders;
        let quiet = self.gateway(&arguments.gateway, quiet.path(), QUIET)?;
        let loud = self.gateway(&arguments.gateway, loud.path(), LOUD)?;
        let mut each = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            for (server, costs) in [&quiet, &loud].into_iter().zip(&mut each) {
                let load = self.clients(server.url.clone(), true, true);
                let measured = Measured::of(server, load, arguments.clients, arguments.seconds).await?;
                costs.push(measured.cpu_each());
            }
        }
        let [quiet, loud] = each;
        let ratio = median(loud.iter().zip(&quiet).map(|(loud, quiet)| loud / quiet));
        print(&format!(
            "telemetry: {:.0} us of CPU each without, {:.0} us with a limit of cost, access log and metrics: {:+.1} % \
             by the median of {TURNS} turns",
            median(quiet),
            median(loud),
            (ratio - 1.0) * 100.0
        ));
        Ok(())
    }

    /// Many connections, of which few ask at a time.
    async fn connections(&self, arguments: &Arguments) -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let gateway = self.gateway(&arguments.gateway, folder.path(), QUIET)?;
        let load = self.clients(gateway.url.clone(), true, false);
        let time = Duration::from_secs(arguments.seconds);
        let latencies = load.pace(CONNECTIONS, RATE, time).await?;
        print(&format!(
            "connections: {CONNECTIONS} open, {RATE} requests/s: {} answers, p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, \
             peak memory {:.1} MiB",
            latencies.len(),
            latencies.value_at_quantile(0.5) as f64 / 1000.0,
            latencies.value_at_quantile(0.95) as f64 / 1000.0,
            latencies.value_at_quantile(0.99) as f64 / 1000.0,
            gateway.peak_memory()? as f64 / 1024.0,
        ));
        Ok(())
    }
}

/// A server under load for a while.
struct Measured {
    latencies: Latencies,
    seconds: u64,
    cpu: Duration,
    peak_memory: u64,
    /// Answers, the warm-up's included.
    asked: u64,
}

impl Measured {
    /// Measures after a warm-up of a fifth of the time.
    async fn of(server: &Server, load: Arc<Clients>, clients: u64, seconds: u64) -> Result<Self, Failure> {
        let warm_up = load.clone().run(clients, Duration::from_millis(200 * seconds)).await?;
        let cpu = server.cpu()?;
        let latencies = load.run(clients, Duration::from_secs(seconds)).await?;
        let cpu = server.cpu()? - cpu;
        let asked = warm_up.len() + latencies.len();
        Ok(Self { latencies, seconds, cpu, peak_memory: server.peak_memory()?, asked })
    }

    fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds as f64
    }

    /// In microseconds.
    fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{:.0} answers/s, {:.0} us of CPU each, p50 {:.1} ms, p99 {:.1} ms, peak memory {:.1} MiB",
            self.rate(),
            self.cpu_each(),
            self.latencies.value_at_quantile(0.5) as f64 / 1000.0,
            self.latencies.value_at_quantile(0.99) as f64 / 1000.0,
            self.peak_memory as f64 / 1024.0,
        )
    }
}

/// The middle one of an odd number of figures.
fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print(text: &str) {
    println!("{text}");
}
