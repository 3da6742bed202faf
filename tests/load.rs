//! A load command: sends one GraphQL request again and again over loopback and tells latencies and throughput.
//!
//! ```sh
//! cargo run --release -p e2e --example load -- --url http://127.0.0.1:4000/graphql \
//!   --token "$(franchise token)" --query schema/operations/network-dashboard.graphql --clients 20 --seconds 10
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Parser;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Sends one GraphQL request again and again and tells how long the answers take.
#[derive(Parser)]
struct Arguments {
    /// Where to send it; a loopback address.
    #[arg(long)]
    url: http::Uri,
    /// Bearer token.
    #[arg(long)]
    token: Option<String>,
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
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Load {
    client: Client<HttpConnector, Full<Bytes>>,
    arguments: Arguments,
    body: Bytes,
    expected: Bytes,
}

impl Load {
    async fn ask(&self, number: u64) -> Result<Bytes, Failure> {
        let mut request = http::Request::post(&self.arguments.url).header("content-type", "application/json");
        if let Some(token) = &self.arguments.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.arguments.unique {
            request = request.header("x-load-number", number);
        }
        let response = self.client.request(request.body(Full::new(self.body.clone()))?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(format!("{status}: {}", shown(&body)).into()) }
    }

    async fn client(
        self: Arc<Self>,
        client: u64,
        from: Instant,
        until: Instant,
    ) -> Result<Histogram<u64>, Failure> {
        let mut latencies = Histogram::new(3)?;
        let mut number = client << 32;
        while Instant::now() < until {
            let asked = Instant::now();
            let body = self.ask(number).await?;
            if body != self.expected {
                return Err(
                    format!("an answer differs from the first: {}", String::from_utf8_lossy(&body)).into()
                );
            }
            if asked >= from {
                latencies.record(u64::try_from(asked.elapsed().as_micros())?)?;
            }
            number += 1;
        }
        Ok(latencies)
    }
}

/// The beginning of an answer.
fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned()
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
    let host = arguments.url.host().unwrap_or_default();
    if !["127.0.0.1", "localhost", "[::1]"].contains(&host) {
        return Err("load goes to loopback addresses only".into());
    }
    let query = std::fs::read_to_string(&arguments.query)?;
    let variables: serde_json::Value = serde_json::from_str(&arguments.variables)?;
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (clients, seconds) = (arguments.clients as u64, arguments.seconds);
    let mut load = Load { client, arguments, body: body.into(), expected: Bytes::new() };
    load.expected = load.ask(0).await?;
    if load.expected.windows(9).any(|window| window == b"\"errors\":") {
        return Err(format!("the answer has errors: {}", shown(&load.expected)).into());
    }
    let size = load.expected.len();
    let from = Instant::now() + Duration::from_millis(seconds * 200);
    let until = from + Duration::from_secs(seconds);
    let load = Arc::new(load);
    let running: Vec<_> =
        (0..clients).map(|client| tokio::spawn(load.clone().client(client, from, until))).collect();
    let mut all = Histogram::<u64>::new(3)?;
    for client in running {
        all.add(client.await??)?;
    }
    let millis = |quantile: f64| all.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(format!(
        "{} answers of {size} bytes in {seconds} s by {clients} clients: {:.0}/s, p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        all.len(),
        all.len() as f64 / seconds as f64,
        millis(0.5),
        millis(0.95),
        millis(0.99),
        all.max() as f64 / 1000.0
    ))
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print(text: &str) {
    println!("{text}");
}
