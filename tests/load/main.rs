//! A load command: sends one GraphQL request again and again over loopback and tells latencies, throughput and,
//! of a process that it is told, CPU time.
//!
//! ```sh
//! cargo run --release -p e2e --example load -- --url http://127.0.0.1:4000/graphql \
//!   --token "$(franchise token)" --query schema/operations/network-dashboard.graphql \
//!   --variables '{"slug":"copper-comb"}' --clients 20 --seconds 10
//! ```
//!
//! Equal questions of one caller are answered together while they are in flight. `--callers 20 --secret-file
//! data/user-token.secret` makes twenty more people who may see the network, and asks as all of them in turn.

mod callers;
mod client;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::client::{Client, shown};

/// Sends one GraphQL request again and again and tells how long the answers take.
#[derive(Parser)]
struct Arguments {
    /// Where to send it; a loopback address.
    #[arg(long)]
    url: http::Uri,
    /// Bearer token; of several, each client takes the next one.
    #[arg(long, value_name = "TOKEN")]
    token: Vec<String>,
    /// File of more tokens, one in a line.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Make this many people, analysts of the first network that the token sees, and ask as them instead.
    #[arg(long, value_name = "NUMBER", requires = "secret_file")]
    callers: Option<usize>,
    /// The file with the secret that signs the tokens of `--callers`.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// File with the operation.
    #[arg(long)]
    query: PathBuf,
    /// Variables as a JSON object.
    #[arg(long, default_value = "{}")]
    variables: String,
    /// Clients that each wait for their answer before they ask again.
    #[arg(long, default_value_t = 20)]
    clients: usize,
    /// How long to measure, after a warm-up of a fifth of it.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Give every request a header of its own, so that no two are equal.
    #[arg(long)]
    unique: bool,
    /// Tell the CPU time that this process takes for an answer.
    #[arg(long, value_name = "PROCESS")]
    pid: Option<u32>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Who asks, and the answer they get.
struct Caller {
    token: Option<String>,
    expected: Bytes,
}

struct Load {
    client: Client,
    body: Bytes,
    unique: bool,
    callers: Vec<Caller>,
    answers: AtomicU64,
}

impl Load {
    /// Asks once as each caller.
    async fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let query = std::fs::read_to_string(&arguments.query)?;
        let variables: serde_json::Value = serde_json::from_str(&arguments.variables)?;
        let body: Bytes = serde_json::json!({ "query": query, "variables": variables }).to_string().into();
        let client = Client::new(arguments.url.clone())?;
        let mut callers = Vec::new();
        for token in tokens(arguments, &client).await? {
            let expected = client.ask(token.as_deref(), body.clone(), None).await?;
            if expected.windows(9).any(|window| window == b"\"errors\":") {
                return Err(format!("the answer has errors: {}", shown(&expected)).into());
            }
            callers.push(Caller { token, expected });
        }
        Ok(Self { client, body, unique: arguments.unique, callers, answers: AtomicU64::new(0) })
    }

    async fn client(
        self: Arc<Self>,
        client: u64,
        from: Instant,
        until: Instant,
    ) -> Result<Histogram<u64>, Failure> {
        let mut latencies = Histogram::new(3)?;
        let caller = &self.callers[client as usize % self.callers.len()];
        let mut number = client << 32;
        while Instant::now() < until {
            let asked = Instant::now();
            let unique = self.unique.then_some(number);
            let body = self.client.ask(caller.token.as_deref(), self.body.clone(), unique).await?;
            if body != caller.expected {
                return Err(format!("an answer differs from the first: {}", shown(&body)).into());
            }
            self.answers.fetch_add(1, Ordering::Relaxed);
            if asked >= from {
                latencies.record(u64::try_from(asked.elapsed().as_micros())?)?;
            }
            number += 1;
        }
        Ok(latencies)
    }

    /// The answers so far and the CPU time that a process has taken for them.
    fn cost(&self, pid: u32) -> Result<(u64, Duration), Failure> {
        Ok((self.answers.load(Ordering::Relaxed), cpu(pid)?))
    }
}

/// The tokens to ask with; one that is none when there are none.
async fn tokens(arguments: &Arguments, client: &Client) -> Result<Vec<Option<String>>, Failure> {
    let mut tokens = arguments.token.clone();
    if let Some(file) = &arguments.tokens {
        tokens.extend(std::fs::read_to_string(file)?.split_whitespace().map(str::to_owned));
    }
    if let (Some(number), Some(file)) = (arguments.callers, &arguments.secret_file) {
        let secret = std::fs::read(file)?;
        let owner = tokens.first().map(String::as_str);
        tokens = callers::make(client, owner, secret.trim_ascii(), number).await?;
    }
    let some: Vec<Option<String>> = tokens.into_iter().map(Some).collect();
    Ok(if some.is_empty() { vec![None] } else { some })
}

/// The CPU time of a process in user and kernel mode (proc(5), fields 14 and 15).
fn cpu(pid: u32) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').ok_or("`/proc` is not as expected")?.1;
    // The first field after the name is the third.
    let fields = after_name.split_whitespace().skip(14 - 3).take(2);
    let ticks: u64 = fields.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    // The unit is a hundredth of a second on every Linux of today.
    Ok(Duration::from_millis(ticks * 10))
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            print(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<String, Failure> {
    let load = Arc::new(Load::new(&arguments).await?);
    let (clients, seconds) = (arguments.clients as u64, arguments.seconds);
    let from = Instant::now() + Duration::from_millis(seconds * 200);
    let until = from + Duration::from_secs(seconds);
    let running: Vec<_> =
        (0..clients).map(|client| tokio::spawn(load.clone().client(client, from, until))).collect();
    tokio::time::sleep_until(from).await;
    let before = arguments.pid.map(|pid| load.cost(pid)).transpose()?;
    let mut all = Histogram::<u64>::new(3)?;
    for client in running {
        all.add(client.await??)?;
    }
    let after = arguments.pid.map(|pid| load.cost(pid)).transpose()?;
    let millis = |quantile: f64| all.value_at_quantile(quantile) as f64 / 1000.0;
    let mut told = format!(
        "{} answers of {} bytes in {seconds} s by {clients} clients as {} callers: {:.0}/s, p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        all.len(),
        load.callers[0].expected.len(),
        load.callers.len(),
        all.len() as f64 / seconds as f64,
        millis(0.5),
        millis(0.95),
        millis(0.99),
        all.max() as f64 / 1000.0
    );
    if let (Some((answers, cpu)), Some((all_answers, all_cpu))) = (before, after) {
        let each = (all_cpu - cpu).as_secs_f64() * 1000.0 / (all_answers - answers) as f64;
        told.push_str(&format!(", {each:.2} ms CPU an answer"));
    }
    Ok(told)
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print(text: &str) {
    println!("{text}");
}
