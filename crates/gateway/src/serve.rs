//! Connections: accept, serve, and on the signal to stop, let requests in flight finish.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::live::Live;

/// How long to wait when the system has no file descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How requests in flight ended when the gateway stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All were answered.
    Completely,
    /// Some took longer than `http.drain_timeout` and were cut off.
    CutOff,
}

/// Serves HTTP/1.1 and HTTP/2 (without TLS), the gateway being whatever [`Live::replace`] has made it, until `shutdown` completes, then finishes requests in flight.
pub async fn serve(
    listener: TcpListener,
    gateway: impl Into<Live>,
    shutdown: impl Future<Output = ()> + Send,
) -> Drained {
    let live: Live = gateway.into();
    let gateway = live.gateway();
    let connections = Arc::new(Semaphore::new(gateway.http.max_connections));
    let graceful = GracefulShutdown::new();
    let builder = connection_builder(gateway.http.header_timeout.0);
    drop(gateway);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, permit)) = accepted else { continue };
        let service = TowerToHyperService::new(live.clone());
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's affair.
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection broke");
            }
            drop(permit);
        });
    }
    drop(listener);
    let gateway = live.gateway();
    gateway.shared.drain();
    let finished = async {
        graceful.shutdown().await;
        gateway.shared.all_sockets_closed().await;
    };
    tokio::select! {
        () = finished => Drained::Completely,
        () = tokio::time::sleep(gateway.http.drain_timeout.0) => Drained::CutOff,
    }
}

/// The next connection, when there is room for one; `None` when it was gone before it was here.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = connections.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
            Some((stream, permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn connection_builder(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
