//! A load command over loopback HTTP: a gateway as a process, services that answer prepared bytes, and clients
//! that check every answer. Tells what an answer costs the gateway.
//!
//! ```sh
//! cargo build --release -p gateway --bins --examples && target/release/examples/workload
//! ```
//!
//! `shop` is one query over four services, five levels deep, asked by many clients at a time; `equal` with all
//! requests alike, `different` with a forwarded header of its own for each, so that none can be shared.
//! `catalogue` is a large answer from one service.

mod clients;
mod gateway;
mod recording;
mod servers;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;

use crate::clients::Clients;
use crate::gateway::Gateway;
use crate::recording::{Recording, Service};
use crate::world::World;

const SHOP: [Service; 4] = [
    ("people", include_str!("people.graphql")),
    ("products", include_str!("products.graphql")),
    ("reviews", include_str!("reviews.graphql")),
    ("stock", include_str!("stock.graphql")),
];
const CATALOGUE: [Service; 1] = [("catalogue", include_str!("catalogue.graphql"))];

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
    /// Only this part: `equal`, `different` or `catalogue`.
    #[arg(long)]
    only: Option<String>,
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
    let wanted = |part: &str| arguments.only.as_deref().is_none_or(|only| only == part);
    if wanted("equal") || wanted("different") {
        let shop = Setting::new(World::shop(), &SHOP, include_str!("shop-query.graphql")).await?;
        for (part, unique) in [("equal", false), ("different", true)] {
            if wanted(part) {
                shop.measure(&arguments, part, unique, arguments.clients).await?;
            }
        }
    }
    if wanted("catalogue") {
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

    async fn measure(
        &self,
        arguments: &Arguments,
        part: &str,
        unique: bool,
        clients: u64,
    ) -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let gateway = Gateway::start(&arguments.gateway, folder.path(), &self.recording.supergraph)?;
        let load = Arc::new(Clients {
            url: gateway.url.clone(),
            body: serde_json::json!({ "query": self.query }).to_string().into(),
            expected: self.recording.answer.clone(),
            unique,
        });
        load.clone().run(clients, Duration::from_millis(200 * arguments.seconds)).await?;
        let (cpu, asked) = (gateway.cpu()?, self.asked.load(Ordering::Relaxed));
        let latencies = load.run(clients, Duration::from_secs(arguments.seconds)).await?;
        let cpu = gateway.cpu()? - cpu;
        let asked = self.asked.load(Ordering::Relaxed) - asked;
        let answers = latencies.len().max(1);
        print(&format!(
            "{part}: {} bytes from {} requests, {clients} clients: {:.0} answers/s, {:.0} us of CPU each, {:.2} requests \
             each, p50 {:.1} ms, p99 {:.1} ms, peak memory {:.1} MiB",
            self.recording.answer.len(),
            self.recording.requests(),
            answers as f64 / arguments.seconds as f64,
            cpu.as_secs_f64() * 1e6 / answers as f64,
            asked as f64 / answers as f64,
            latencies.value_at_quantile(0.5) as f64 / 1000.0,
            latencies.value_at_quantile(0.99) as f64 / 1000.0,
            gateway.peak_memory()? as f64 / 1024.0,
        ));
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print(text: &str) {
    println!("{text}");
}
