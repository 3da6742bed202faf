//! Redis, where gateways keep what they share.
//!
//! A request never waits for a connection: there is one, or the gateway goes on by itself. A question that is not answered
//! in time, or with an error, ends the connection, and a task of its own ([`keeper`]) makes the next one.

mod keeper;
mod server;

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redis::{Cmd, FromRedisValue, RedisResult, Script};
use tokio::sync::Notify;
use tokio::time::timeout;

use self::keeper::keep;
pub use self::server::StoreError;
use self::server::{Connection, Server};
use crate::config::RedisConfig;
use crate::telemetry::spending;

/// A store that all gateways with the same server and the same beginning of keys share.
pub(crate) struct Store {
    state: Arc<State>,
}

struct State {
    server: Server,
    prefix: String,
    timeout: Duration,
    /// With a number that counts up with every connection.
    connection: RwLock<(u64, Option<Connection>)>,
    /// There is no connection any more.
    lost: Notify,
}

impl Store {
    /// Opens a store. A server that cannot be reached may be reached later.
    ///
    /// # Errors
    /// When the server cannot be meant, or refuses who asks.
    pub(crate) async fn open(config: &RedisConfig) -> Result<Self, StoreError> {
        let server = Server::new(config)?;
        let state = Arc::new(State {
            prefix: config.key_prefix.clone(),
            timeout: config.timeout.0,
            connection: RwLock::new((0, None)),
            lost: Notify::new(),
            server,
        });
        match state.connect().await {
            Ok(()) => {}
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "Redis is not reached; this gateway goes on by itself until it is");
            }
        }
        tokio::spawn(keep(Arc::downgrade(&state)));
        Ok(Self { state })
    }

    /// Whether the server answered when it was asked last.
    pub(crate) fn answers(&self) -> bool {
        self.state.present().1.is_some()
    }

    /// A key of this store.
    pub(crate) fn key(&self, kind: &str, name: &str) -> String {
        [&self.state.prefix, kind, name].join(":")
    }

    /// Asks the server; `None` when there is no answer.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        self.state.ask(async |mut connection| command.query_async(&mut connection).await).await
    }

    /// Runs a script over one key; `None` when there is no answer.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        arguments: &[i64],
    ) -> Option<T> {
        self.state
            .ask(async |mut connection| script.key(key).arg(arguments).invoke_async(&mut connection).await)
            .await
    }
}

impl State {
    fn present(&self) -> (u64, Option<Connection>) {
        self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a connection that works.
    async fn connect(&self) -> Result<(), StoreError> {
        let connection = self.server.connect(&self.prefix).await?;
        let mut present = self.connection.write().unwrap_or_else(PoisonError::into_inner);
        *present = (present.0 + 1, Some(connection));
        Ok(())
    }

    async fn ask<T, F>(&self, question: impl FnOnce(Connection) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let (number, connection) = self.present();
        let connection = connection?;
        let asked = Instant::now();
        let answer = timeout(self.timeout, question(connection)).await;
        let outcome = match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {:?}", self.timeout)),
        };
        spending::redis_asked(outcome.is_ok(), asked.elapsed());
        outcome.map_err(|reason| self.lose(number, &reason)).ok()
    }

    /// Gives up a connection, if it is still the present one.
    fn lose(&self, number: u64, reason: &str) {
        let mut present = self.connection.write().unwrap_or_else(PoisonError::into_inner);
        if present.0 == number && present.1.take().is_some() {
            tracing::warn!(reason, "Redis does not answer; this gateway goes on by itself until it does");
            self.lost.notify_one();
        }
    }
}
