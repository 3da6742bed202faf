//! Connections: accept and serve; on the signal to stop, see that no request is lost.
//!
//! Stopping has steps, so that neither who knows nor who does not know of it loses a request:
//! 1. For `http.drain_delay`, `/ready` says that the gateway stops, and connections are accepted as before, so that who
//!    distributes requests has time to look elsewhere. Answers of HTTP/1.1 end their connection.
//! 2. Connections that the system has accepted meanwhile are served, then no more are accepted. Subscriptions end.
//! 3. A connection without a request in flight has [`LINGER`] to send one, which may be on its way; then it is closed. Requests
//!    in flight have `http.drain_timeout`.

use std::future::Future;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream as StdStream};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::live::Live;
use crate::shared::bounded;

/// How long to wait when the system has no file descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a request may be on its way to a gateway that stops.
const LINGER: Duration = Duration::from_millis(250);

/// How requests in flight ended when the gateway stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All were answered.
    Completely,
    /// Some took longer than `http.drain_timeout` and were cut off.
    CutOff,
}

/// Serves HTTP/1.1 and HTTP/2, by TLS if the gateway has a certificate, the gateway being whatever [`Live::replace`] has made it, until `shutdown` completes, then finishes requests in flight.
pub async fn serve(
    listener: TcpListener,
    gateway: impl Into<Live>,
    shutdown: impl Future<Output = ()> + Send,
) -> Drained {
    let server = Server::new(gateway.into());
    server.accept_until(&listener, shutdown).await;
    let gateway = server.live.gateway();
    gateway.shared.announce_stop();
    if let Some(delay) = gateway.http.drain_delay {
        server.accept_until(&listener, sleep(delay.0)).await;
    }
    let waiting = backlog(listener);
    gateway.shared.drain();
    let finished = async {
        for stream in waiting {
            server.serve_waiting(stream).await;
        }
        server.all_connections_closed().await;
        gateway.shared.all_sockets_closed().await;
    };
    tokio::select! {
        () = finished => Drained::Completely,
        () = sleep(gateway.http.drain_timeout.0) => Drained::CutOff,
    }
}

/// What serves connections.
struct Server {
    live: Live,
    /// Places for connections.
    connections: Arc<Semaphore>,
    max_connections: u32,
    builder: Builder<TokioExecutor>,
}

impl Server {
    fn new(live: Live) -> Self {
        let gateway = live.gateway();
        let max_connections = bounded(gateway.http.max_connections);
        Self {
            connections: Arc::new(Semaphore::new(max_connections as usize)),
            max_connections,
            builder: connection_builder(gateway.http.header_timeout.0),
            live,
        }
    }

    /// Accepts connections until something completes.
    async fn accept_until(&self, listener: &TcpListener, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut end => break,
                accepted = self.accept(listener) => accepted,
            };
            if let Some((stream, peer, place)) = accepted {
                self.serve(stream, peer, place);
            }
        }
    }

    /// The next connection, when there is room for one; `None` when it was gone before it was here.
    async fn accept(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = self.connections.clone().acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => Some((stream, peer, place)),
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }

    /// Serves a connection that was accepted last, when there is room for it.
    async fn serve_waiting(&self, (stream, peer): (StdStream, SocketAddr)) {
        let Ok(place) = self.connections.clone().acquire_owned().await else { return };
        match TcpStream::from_std(stream) {
            Ok(stream) => self.serve(stream, peer, place),
            Err(error) => tracing::warn!(%error, "a connection was not accepted"),
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let gateway = self.live.gateway();
        let served = Connection {
            live: self.live.clone(),
            peer,
            builder: self.builder.clone(),
            draining: gateway.shared.draining(),
        };
        match &gateway.tls {
            None => drop(tokio::spawn(served.run(stream, place))),
            Some(tls) => {
                let handshake = TlsAcceptor::from(tls.config()).accept(stream);
                let handshake = timeout(gateway.http.header_timeout.0, handshake);
                tokio::spawn(async move {
                    match handshake.await {
                        Ok(Ok(stream)) => served.run(stream, place).await,
                        Ok(Err(error)) => tracing::debug!(%error, "a connection was not encrypted"),
                        Err(_) => tracing::debug!("a connection was not encrypted in time"),
                    }
                });
            }
        }
    }

    async fn all_connections_closed(&self) {
        // The semaphore is never closed.
        let _ = self.connections.acquire_many(self.max_connections).await;
    }
}

/// One connection to be served.
struct Connection<D> {
    live: Live,
    peer: SocketAddr,
    builder: Builder<TokioExecutor>,
    /// Completes when connections are to end.
    draining: D,
}

impl<D: Future<Output = ()> + Send> Connection<D> {
    /// Serves it to its end, and then gives its place back.
    async fn run<S>(self, stream: S, place: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { live, peer, builder, draining } = self;
        let service = TowerToHyperService::new(live.map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        }));
        let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
        let closing = async {
            draining.await;
            sleep(LINGER).await;
        };
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = closing => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // A connection that breaks is the client's affair.
        if let Err(error) = ended {
            tracing::debug!(error, "a connection broke");
        }
        drop(place);
    }
}

/// Closes the listener; the connections it had that nobody accepted yet.
fn backlog(listener: TcpListener) -> Vec<(StdStream, SocketAddr)> {
    let mut waiting = Vec::new();
    let listener = match listener.into_std() {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%error, "connections that were not accepted yet are closed");
            return waiting;
        }
    };
    loop {
        match listener.accept() {
            Ok((stream, peer)) => match stream.set_nonblocking(true) {
                Ok(()) => waiting.push((stream, peer)),
                Err(error) => tracing::warn!(%error, "a connection was not accepted"),
            },
            Err(error) if error.kind() == ErrorKind::WouldBlock => return waiting,
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            Err(error) => {
                tracing::warn!(%error, "connections that were not accepted yet are closed");
                return waiting;
            }
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
