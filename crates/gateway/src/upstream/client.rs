//! A pooled HTTP client with bounds on time and size.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as PooledClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::time::Instant;

use super::body::whole;
use super::guard::Guards;
use super::tls;
use crate::config::{SubgraphTls, UpstreamConfig};
use crate::tls::TlsError;

type Pool = PooledClient<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// An HTTP client. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    /// To whoever has no connections of its own.
    pools: Pools,
    /// By subgraph, connections with TLS settings of its own.
    own: Arc<HashMap<String, Pools>>,
    /// What the files with certificates and keys looked like before they were read.
    files: Arc<tls::Seen>,
    /// Whom it calls, and how they do.
    pub(super) guards: Guards,
}

/// Connections that are made in one way.
#[derive(Clone)]
struct Pools {
    /// HTTP/1.1, or whatever a TLS server prefers.
    negotiated: Pool,
    /// HTTP/2 from the first byte.
    http2: Pool,
    /// HTTP/1.1, for connections that become WebSockets.
    http1: Pool,
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
    /// The body is not what its content coding says.
    #[error("the answer cannot be decompressed: {0}")]
    Corrupt(Box<dyn std::error::Error + Send + Sync>),
    /// The server answered, but did not switch to the protocol asked for.
    #[error("the server answered with status {0} instead of switching protocols")]
    NotUpgraded(StatusCode),
    /// The request cannot be written as HTTP.
    #[error("the request is malformed: {0}")]
    Request(#[from] http::Error),
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
    /// When a file with certificates or a key cannot be used.
    pub fn new(config: &UpstreamConfig) -> Result<Self, TlsError> {
        let files = Arc::new(tls::look(config));
        let usual = config.ca_file.as_deref();
        let pools = Pools::new(config, &tls::usual(usual)?, None);
        let mut known: HashMap<&SubgraphTls, Pools> = HashMap::new();
        let mut own = HashMap::new();
        for (name, settings) in
            config.subgraphs.iter().filter_map(|(name, own)| Some((name, own.tls.as_ref()?)))
        {
            let pools = match known.get(settings) {
                Some(pools) => pools.clone(),
                None => {
                    let tls = tls::own(&format!("upstream.subgraphs.{name}.tls"), settings, usual)?;
                    let name = settings.server_name.clone().and_then(|name| ServerName::try_from(name).ok());
                    Pools::new(config, &tls, name.as_ref())
                }
            };
            known.insert(settings, pools.clone());
            own.insert(name.clone(), pools);
        }
        Ok(Self { pools, own: Arc::new(own), files, guards: Guards::default() })
    }

    /// A client for a configuration that differs in nothing but the content of files: itself if that is the same, else
    /// one with new connections that goes on with what is known of subgraphs.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn renewed(&self, config: &UpstreamConfig) -> Result<Self, TlsError> {
        if *self.files == tls::look(config) {
            return Ok(self.clone());
        }
        Ok(Self { guards: self.guards.clone(), ..Self::new(config)? })
    }

    /// The client with the connections to a subgraph.
    #[must_use]
    pub fn of(&self, subgraph: &str) -> Self {
        let pools = self.own.get(subgraph).unwrap_or(&self.pools).clone();
        Self { pools, ..self.clone() }
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
        let pool = if call.http2 { &self.pools.http2 } else { &self.pools.negotiated };
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
            let mut response = self.pools.http1.request(request).await.map_err(ClientError::Connection)?;
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

impl Pools {
    fn new(config: &UpstreamConfig, tls: &ClientConfig, server_name: Option<&ServerName<'static>>) -> Self {
        let connector = |http1_only: bool| {
            let mut tcp = HttpConnector::new();
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            tcp.set_connect_timeout(Some(config.connect_timeout.0));
            tcp.set_keepalive(Some(Duration::from_secs(30)));
            let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
            if let Some(name) = server_name {
                builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name.clone()));
            }
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
        let negotiated = builder.build(connector(false));
        let http1 = builder.build(connector(true));
        let http2 = builder.http2_only(true).http2_adaptive_window(true).build(connector(false));
        Self { negotiated, http2, http1 }
    }
}
