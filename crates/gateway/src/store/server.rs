//! How Redis is reached: one server or a cluster, with or without TLS.

use std::path::PathBuf;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, IntoConnectionInfo, Pipeline, RedisFuture,
    RedisResult, ServerErrorKind, TlsCertificates, Value,
};
use tokio::time::timeout;

use crate::config::{RedisConfig, Secret};

/// How many questions wait to be written before those who ask wait themselves.
const QUEUE: usize = 1024;

/// How long the key stays that a new connection is tried with.
const TRIAL: Duration = Duration::from_secs(1);

/// Why Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Certificates cannot be read.
    #[error("`redis.ca_file`: {} cannot be read ({reason}); check the path and its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The settings contradict each other or the server.
    #[error("`redis`: {0}")]
    Settings(String),
    /// The server does not let the gateway in, or not do what it has to.
    #[error(
        "Redis at {address} refuses: {reason}; check `redis.username`, `redis.password` and what the user may do"
    )]
    Refused {
        /// Host and port, without user and password.
        address: String,
        /// What it says.
        reason: String,
    },
    /// The server is not reached.
    #[error("Redis at {address} is not reached: {reason}")]
    Unreachable {
        /// Host and port, without user and password.
        address: String,
        /// Why.
        reason: String,
    },
}

impl StoreError {
    /// Whether waiting does not help.
    pub(super) fn is_refusal(&self) -> bool {
        !matches!(self, Self::Unreachable { .. })
    }
}

/// A connection that many use at once; clones are the same.
#[derive(Clone)]
pub(super) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(commands, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

/// Where Redis is.
pub(super) struct Server {
    kind: Kind,
    /// Without user and password.
    address: String,
    connect_timeout: Duration,
}

enum Kind {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

impl Server {
    pub(super) fn new(config: &RedisConfig) -> Result<Self, StoreError> {
        let settings = |error: redis::RedisError| StoreError::Settings(error.to_string());
        let nodes: Vec<ConnectionInfo> = config
            .urls
            .iter()
            .map(|url| node(url.reveal(), config))
            .collect::<Result<_, _>>()
            .map_err(settings)?;
        let address = nodes.iter().map(|node| node.addr().to_string()).collect::<Vec<_>>().join(", ");
        let certificates = config.ca_file.as_ref().map(|path| {
            let root =
                std::fs::read(path).map_err(|reason| StoreError::File { path: path.clone(), reason })?;
            Ok(TlsCertificates { client_tls: None, root_cert: Some(root) })
        });
        let certificates = certificates.transpose()?;
        let connect_timeout = config.connect_timeout.0;
        let kind = if config.cluster {
            // Several attempts take longer than a request waits for an answer.
            let mut builder = ClusterClient::builder(nodes).connection_timeout(connect_timeout).retries(1);
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates);
            }
            Kind::Cluster(Box::new(builder.build().map_err(settings)?))
        } else {
            let node = nodes.into_iter().next();
            let node = node.ok_or_else(|| StoreError::Settings("`urls` names no server".to_owned()))?;
            Kind::Single(Box::new(match certificates {
                Some(certificates) => Client::build_with_tls(node, certificates).map_err(settings)?,
                None => Client::open(node).map_err(settings)?,
            }))
        };
        Ok(Self { kind, address, connect_timeout })
    }

    /// A connection over which the server does what a gateway asks of it.
    pub(super) async fn connect(&self, prefix: &str) -> Result<Connection, StoreError> {
        let address = self.address.clone();
        match timeout(self.connect_timeout, self.open(prefix)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                let reason = error.to_string();
                Err(match error.kind() {
                    ErrorKind::AuthenticationFailed
                    | ErrorKind::InvalidClientConfig
                    | ErrorKind::Server(ServerErrorKind::NoPerm) => StoreError::Refused { address, reason },
                    _ if error.code() == Some("NOAUTH") => StoreError::Refused { address, reason },
                    _ => StoreError::Unreachable { address, reason },
                })
            }
            Err(_) => {
                let reason = format!("no answer within {:?}", self.connect_timeout);
                Err(StoreError::Unreachable { address, reason })
            }
        }
    }

    async fn open(&self, prefix: &str) -> RedisResult<Connection> {
        let mut connection = match &self.kind {
            Kind::Single(client) => {
                // Who asks counts the time.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None)
                    .set_pipeline_buffer_size(QUEUE);
                Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Kind::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
        };
        // A server may answer and take nothing: because it is full, a replica, or the user may not write.
        let mut trial = redis::cmd("SET");
        trial.arg(format!("{prefix}:trial")).arg(1).arg("PX").arg(TRIAL.as_millis() as u64);
        trial.exec_async(&mut connection).await?;
        Ok(connection)
    }
}

/// A server with whoever asks it.
fn node(url: &str, config: &RedisConfig) -> RedisResult<ConnectionInfo> {
    let info = url.into_connection_info()?;
    let mut user = info.redis_settings().clone();
    if let Some(name) = &config.username {
        user = user.set_username(name);
    }
    // A variable of the environment that is not set is an empty password, and none has one.
    if let Some(password) = config.password.as_ref().map(Secret::reveal).filter(|text| !text.is_empty()) {
        user = user.set_password(password);
    }
    Ok(info.set_redis_settings(user))
}
