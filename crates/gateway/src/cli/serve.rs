//! `gateway serve`: load, listen, serve until stopped.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use traces::Sending;

use super::arguments::ServeArguments;
use super::{CliError, colours};
use crate::config::{Config, OtlpConfig, Problems, ProcessEnvironment};
use crate::live::Live;
use crate::registry::Registry;
use crate::reload::{Files, Reloader, Source};
use crate::serve::Drained;
use crate::telemetry;

/// Serves a graph.
pub(super) async fn serve(arguments: ServeArguments) -> Result<(), CliError> {
    let config = config(&arguments)?;
    let exporting = telemetry::init(&config.telemetry, colours())?;
    // Before the schema is loaded, so that a taken port is known at once.
    let listener = listen(config.listen, "--listen").await?;
    let file = arguments.source.config.clone();
    let source = Source { read: Box::new(move || self::config(&arguments)), file };
    let files = Files::new(source.watched(&config));
    let material = source.material(None).await?;
    let (mut gateway, made) = source.gateway(material)?;
    if let Some(registry) = &config.operations.registry {
        gateway = gateway.with_registry(Registry::open(registry.database.reveal()).await?).await?;
    }
    if let Some(redis) = &config.redis {
        gateway = gateway.with_redis(redis).await?;
    }
    let live = Live::from(gateway);
    if let Some(address) = config.telemetry.metrics_listen {
        let listener = listen(address, "`telemetry.metrics_listen`").await?;
        let address = listener.local_addr().map_err(CliError::Runtime)?;
        tracing::info!("metrics are at http://{address}/metrics");
        tokio::spawn(telemetry::serve_metrics(listener, &live));
    }
    let sending = match &config.telemetry.otlp {
        Some(otlp) => send_metrics(otlp, &live)?,
        None => None,
    };
    if let Some(registry) = &config.operations.registry {
        live.follow_registry(registry.poll_interval.0);
    }
    let hang_up = signal(SignalKind::hangup()).map_err(CliError::Runtime)?;
    tokio::spawn(Reloader::new(&live, source, files, made).run(hang_up));
    let shutdown = stop_signal().map_err(CliError::Runtime)?;
    let address = listener.local_addr().map_err(CliError::Runtime)?;
    let scheme = if config.http.tls.is_some() { "https" } else { "http" };
    tracing::info!(%address, dev = config.dev, "listening; the graph is at {scheme}://{address}/graphql");
    if config.dev {
        tracing::info!("development mode: the explorer is at {scheme}://{address}/");
    } else if config.callers.keys.is_empty() {
        tracing::info!("no caller keys: all callers are anonymous, so the schema is hidden; --dev shows it");
    }
    match crate::serve::serve(listener, live, shutdown).await {
        Drained::Completely => tracing::info!("stopped"),
        Drained::CutOff => tracing::warn!("stopped; requests that took too long were cut off"),
    }
    if let Some(sending) = sending {
        sending.finish().await;
    }
    if let Some(exporting) = exporting {
        exporting.finish().await;
    }
    Ok(())
}

fn send_metrics(otlp: &OtlpConfig, live: &Live) -> Result<Option<Sending>, CliError> {
    let Some((interval, settings)) = otlp.metrics_interval.zip(otlp.settings()) else { return Ok(None) };
    Ok(Some(telemetry::send_metrics(&settings, interval.0, live)?))
}

/// The configuration file, or defaults, with what the arguments say on top.
fn config(arguments: &ServeArguments) -> Result<Config, Problems> {
    let mut config = match &arguments.source.config {
        Some(path) => Config::load(path, &ProcessEnvironment)?,
        None => Config {
            supergraph: arguments.source.supergraph.clone(),
            compose: arguments.source.compose.clone(),
            ..Config::default()
        },
    };
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.dev |= arguments.dev;
    if let Some(folder) = &arguments.operations {
        config.operations.folder = Some(folder.clone());
    }
    Ok(config)
}

/// Takes an address; `setting` is where another one can be chosen.
async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::AddrInUse => {
                format!("the port is taken; stop the other program or choose another with {setting}")
            }
            ErrorKind::PermissionDenied => {
                format!("ports below 1024 need a privilege; choose another with {setting}")
            }
            ErrorKind::AddrNotAvailable => {
                format!("this machine does not have the address; choose one with {setting}")
            }
            _ => error.to_string(),
        };
        CliError::Listen { address, reason }
    })
}

/// Completes at the first ctrl-c or SIGTERM. A second one ends the process at once.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        either(&mut interrupt, &mut terminate).await;
        tracing::info!("stopping; requests in flight may finish (once more to stop at once)");
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            telemetry::flush();
            std::process::exit(130);
        });
    })
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
