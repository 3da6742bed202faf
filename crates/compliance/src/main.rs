//! The compliance subgraph as a service of its own.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    subgraph::cli::main::<compliance::Compliance>().await
}
