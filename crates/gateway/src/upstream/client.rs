//! A pooled HTTP client with bounds on time and size.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::upgrade::Upgraded;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as PooledClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::Instant;

use super::guard::Guards;
use crate::config::UpstreamConfig;

type Pool = PooledClient<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// An HTTP client. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    /// HTTP/1.1, or whatever a TLS server prefers.
    negotiated: Pool,
    /// HTTP/2 from the first byte.
    http2: Pool,
    /// HTTP/1.1, for connections that become WebSockets.
    http1: Pool,
    /// Whom it calls, and how they do.
    pub(super) guards: Guards,
}

/// A whole answer.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Why there is no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or it was closed before an answer came.
    #[error("no connection: {0}")]
    Connection(#[source] hyper_util::client::legacy::Error),
    /// The time was up.
    #[error("no answer in time")]
    Timeout,
    /// The body is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection was closed before the body was complete.
    #[error("the answer is incomplete: {0}")]
    Incomplete(Box<dyn std::error::Error + Send + Sync>),
    /// The server answered, but did not switch to the protocol asked for.
    #[error("the server answered with status {0} instead of switching protocols")]
    NotUpgraded(StatusCode),
    /// The request cannot be written as HTTP.
    #[error("the request is malformed: {0}")]
    Request(#[from] http::Error),
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with additional certificates cannot be used.
    #[error("`upstream.ca_file`: `{}` has no certificates in PEM form ({reason})", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The TLS library refuses its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// What to send, and the bounds on the answer.
pub(crate) struct Call {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Without asking the server, which must know it.
    pub(crate) http2: bool,
    pub(crate) max_bytes: usize,
    pub(crate) deadline: Instant,
}

impl Client {
    /// A client with no connection yet.
    ///
    /// # Errors
    /// When the file with additional certificates cannot be used.
    pub fn new(config: &UpstreamConfig) -> Result<Self, TlsError> {
        let tls = tls(config.ca_file.as_deref())?;
        let connector = |tls: ClientConfig, http1_only: bool| {
            let mut tcp = HttpConnector::new();
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            tcp.set_connect_timeout(Some(config.connect_timeout.0));
            tcp.set_keepalive(Some(Duration::from_secs(30)));
            let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
            if http1_only {
                builder.enable_http1().wrap_connector(tcp)
            } else {
                builder.enable_all_versions().wrap_connector(tcp)
            }
        };
        let mut builder = PooledClient::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_timeout.0);
        let negotiated = builder.build(connector(tls.clone(), false));
        let http1 = builder.build(connector(tls.clone(), true));
        let http2 = builder.http2_only(true).http2_adaptive_window(true).build(connector(tls, false));
        Ok(Self { negotiated, http2, http1, guards: Guards::default() })
    }

    /// Sends a `POST` request and reads the whole answer.
    pub(crate) async fn post(&self, call: Call) -> Result<Reply, ClientError> {
        let (deadline, limit) = (call.deadline, call.max_bytes);
        let exchange = async { whole(self.exchange(call).await?, limit).await };
        tokio::time::timeout_at(deadline, exchange).await.map_err(|_| ClientError::Timeout)?
    }

    /// Sends a `POST` request whose answer is read as it comes; the deadline is for its head.
    pub(crate) async fn open(&self, call: Call) -> Result<Response<Incoming>, ClientError> {
        let deadline = call.deadline;
        tokio::time::timeout_at(deadline, self.exchange(call)).await.map_err(|_| ClientError::Timeout)?
    }

    async fn exchange(&self, call: Call) -> Result<Response<Incoming>, ClientError> {
        let mut request = Request::builder().method(Method::POST).uri(call.uri).body(Full::new(call.body))?;
        *request.headers_mut() = call.headers;
        let pool = if call.http2 { &self.http2 } else { &self.negotiated };
        pool.request(request).await.map_err(ClientError::Connection)
    }

    /// Asks a server to speak another protocol on the connection (RFC 9110, section 7.8): the headers of its answer, and
    /// the connection. The deadline is for both.
    pub(crate) async fn upgrade(
        &self,
        uri: Uri,
        headers: HeaderMap,
        deadline: Instant,
    ) -> Result<(HeaderMap, TokioIo<Upgraded>), ClientError> {
        let mut request = Request::builder().method(Method::GET).uri(uri).body(Full::default())?;
        *request.headers_mut() = headers;
        let exchange = async {
            let mut response = self.http1.request(request).await.map_err(ClientError::Connection)?;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                return Err(ClientError::NotUpgraded(response.status()));
            }
            let upgraded = hyper::upgrade::on(&mut response).await;
            let upgraded = upgraded.map_err(|error| ClientError::Incomplete(Box::new(error)))?;
            Ok((std::mem::take(response.headers_mut()), TokioIo::new(upgraded)))
        };
        tokio::time::timeout_at(deadline, exchange).await.map_err(|_| ClientError::Timeout)?
    }
}

/// Reads an answer of bounded size.
pub(super) async fn whole(response: Response<Incoming>, limit: usize) -> Result<Reply, ClientError> {
    let (head, body) = response.into_parts();
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(ClientError::TooLarge(limit));
    }
    let body = read(body, limit).await?;
    Ok(Reply { status: head.status, headers: head.headers, body })
}

/// Reads a body into one piece. One whose length is announced is put together where it stays, so that a
/// large one is never held twice.
async fn read(body: Incoming, limit: usize) -> Result<Bytes, ClientError> {
    let failure = |error: Box<dyn std::error::Error + Send + Sync>| {
        if error.is::<LengthLimitError>() {
            ClientError::TooLarge(limit)
        } else {
            ClientError::Incomplete(error)
        }
    };
    let announced = body.size_hint().lower();
    let mut body = Limited::new(body, limit);
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(failure)?.into_data() else { continue };
        if read.is_empty() {
            if body.is_end_stream() {
                return Ok(data);
            }
            read.reserve(usize::try_from(announced).unwrap_or_default().max(data.len()));
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_file {
        let unusable = |reason: String| TlsError::CaFile { path: path.to_path_buf(), reason };
        let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| unusable(error.to_string()))?;
        if certificates.is_empty() {
            return Err(unusable("there is no `-----BEGIN CERTIFICATE-----`".to_owned()));
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
