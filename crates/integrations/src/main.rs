//! The integrations service as a program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    subgraph::cli::main::<integrations::Integrations>().await
}
