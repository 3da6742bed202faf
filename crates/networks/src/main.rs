//! The networks service's command line.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    subgraph::cli::main::<networks::Networks>().await
}
