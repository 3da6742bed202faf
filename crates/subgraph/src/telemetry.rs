//! What a process says of itself: lines on standard error, and spans where `--otlp-endpoint` says.

use std::io::IsTerminal;

use http::Uri;
use traces::{Exporting, InitError, Protocol, Reader, Settings};
use tracing_subscriber::{EnvFilter, fmt};

/// Options about spans. Their variables are those of OpenTelemetry's own tools, which also read
/// `OTEL_EXPORTER_OTLP_HEADERS` for headers that the collector wants, such as a key.
#[derive(Clone, Debug, clap::Args)]
pub struct Otlp {
    /// Export spans to this collector of OTLP, such as http://127.0.0.1:4317.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = Settings::endpoint, value_name = "URL")]
    pub otlp_endpoint: Option<Uri>,
    /// What the collector speaks there: grpc or http/protobuf.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_PROTOCOL", default_value = "grpc", value_name = "PROTOCOL")]
    pub otlp_protocol: Protocol,
    /// How many of the traces that begin here are recorded, from 0 to 1; of others, whoever began them decided.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value = "1", value_parser = Settings::ratio, value_name = "RATIO")]
    pub otlp_sample_ratio: f64,
}

impl Otlp {
    /// The way to the collector, if there is one, for a process of that name.
    pub fn settings(&self, service: &str) -> Option<Settings> {
        let endpoint = self.otlp_endpoint.clone()?;
        Some(Settings {
            protocol: self.otlp_protocol,
            ratio: self.otlp_sample_ratio,
            ..Settings::new(endpoint, service)
        })
    }
}

/// Starts to write logs, of which `RUST_LOG` or else `usual` says which lines, and to export spans if that is wanted.
///
/// # Errors
/// When logs are set up already or spans cannot be exported.
pub fn init(service: &str, usual: &str, otlp: &Otlp) -> Result<Option<Exporting>, InitError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let layer = fmt::layer().with_writer(std::io::stderr);
    let lines: Reader =
        if std::io::stderr().is_terminal() { Box::new(layer) } else { Box::new(layer.json()) };
    traces::init(lines, filter, otlp.settings(service).as_ref())
}
