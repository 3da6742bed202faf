//! The log as it grows: read once for all who follow the same network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures::Stream;
use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::{Notify, OnceCell, broadcast};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use uuid::Uuid;

use super::follow::Following;
use super::listen::listen;
use super::read::page;
use super::record::change;
use super::write::Recorded;
use super::{PAGE, newest};
use crate::error::Result;
use crate::subscription::Limits;

/// How many changes of a network are held for those who are a little late; who is later reads them from the log.
const HELD: usize = 256;

/// Hands on what happens to those who follow it.
pub struct Feed {
    database: DatabaseConnection,
    limits: Limits,
    networks: Mutex<HashMap<Uuid, Weak<Tail>>>,
    listener: Mutex<Option<AbortHandle>>,
}

/// The end of a network's log, for as long as anybody follows it.
pub(super) struct Tail {
    changes: broadcast::Sender<Arc<change::Model>>,
    wake: Arc<Notify>,
    reader: OnceCell<AbortHandle>,
}

impl Drop for Tail {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.get() {
            reader.abort();
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let listener = self.listener.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listener {
            listener.abort();
        }
    }
}

impl Feed {
    /// The feed of a database's log.
    pub fn new(database: DatabaseConnection, limits: Limits) -> Self {
        Self { database, limits, networks: Mutex::default(), listener: Mutex::default() }
    }

    /// Tells of what was recorded, after the commit.
    pub fn announce(&self, recorded: &Recorded) {
        for network in &recorded.networks {
            self.wake(*network);
        }
    }

    /// The changes of a network after a revision, those that are there already and all that come; from now on if
    /// there is no revision. The stream ends after an error.
    ///
    /// # Errors
    /// [`Error::BadInput`](crate::Error::BadInput) for a revision that there has not been yet,
    /// [`Error::Missed`](crate::Error::Missed) for one that is too far back, database errors. The stream's own error
    /// is [`Error::Missed`](crate::Error::Missed) when the log does not have the next change.
    pub async fn follow(
        self: &Arc<Self>,
        network: Uuid,
        after: Option<i64>,
    ) -> Result<impl Stream<Item = Result<Arc<change::Model>>> + Send + use<>> {
        self.listen();
        let tail = self.tail(network);
        tail.start(&self.database, network, self.limits.looks_again).await?;
        let live = tail.changes.subscribe();
        // Read after the tail began: nothing can happen in between.
        let newest = newest(&self.database, network).await?;
        let database = self.database.clone();
        let following = Following { database, network, _tail: tail, live };
        following.from(after, newest, self.limits.behind)
    }

    /// The end of a network's log, shared with those who follow it already.
    fn tail(&self, network: Uuid) -> Arc<Tail> {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = networks.get(&network).and_then(Weak::upgrade) {
            return tail;
        }
        networks.retain(|_, tail| tail.strong_count() > 0);
        let tail = Arc::new(Tail {
            changes: broadcast::Sender::new(HELD),
            wake: Arc::default(),
            reader: OnceCell::new(),
        });
        networks.insert(network, Arc::downgrade(&tail));
        tail
    }

    /// Has the end of a network's log read.
    pub(super) fn wake(&self, network: Uuid) {
        let networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = networks.get(&network).and_then(Weak::upgrade) {
            tail.wake.notify_one();
        }
    }

    /// Has the end of every followed log read.
    pub(super) fn wake_all(&self) {
        let networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        networks.values().filter_map(Weak::upgrade).for_each(|tail| tail.wake.notify_one());
    }

    /// Listens to what PostgreSQL tells, from the first follower on. SQLite tells nothing.
    fn listen(self: &Arc<Self>) {
        if self.database.get_database_backend() != DbBackend::Postgres {
            return;
        }
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.get_or_insert_with(|| {
            let options = self.database.get_postgres_connection_pool().connect_options();
            let listening = listen((*options).clone(), Arc::downgrade(self), self.limits.looks_again);
            tokio::spawn(listening).abort_handle()
        });
    }
}

impl Tail {
    /// Begins to read, from the newest change on.
    async fn start(&self, database: &DatabaseConnection, network: Uuid, looks_again: Duration) -> Result<()> {
        let start = async || {
            let head = newest(database, network).await?;
            let reading = Reading {
                database: database.clone(),
                network,
                head,
                looks_again,
                changes: self.changes.clone(),
                wake: self.wake.clone(),
            };
            Ok(tokio::spawn(reading.go_on()).abort_handle())
        };
        self.reader.get_or_try_init(start).await.map(drop)
    }
}

/// Reads the end of a network's log.
struct Reading {
    database: DatabaseConnection,
    network: Uuid,
    /// The revision that was read last.
    head: i64,
    looks_again: Duration,
    changes: broadcast::Sender<Arc<change::Model>>,
    wake: Arc<Notify>,
}

impl Reading {
    /// Reads whenever woken, and from time to time.
    async fn go_on(mut self) {
        loop {
            match page(&self.database, self.network, self.head).await {
                Ok(page) => {
                    let full = page.len() as u64 == PAGE;
                    for change in page {
                        self.head = change.revision;
                        // Fails when nobody follows any more; then this task is about to be ended.
                        let _ = self.changes.send(Arc::new(change));
                    }
                    if full {
                        continue;
                    }
                }
                Err(error) => {
                    let network = self.network;
                    tracing::warn!(%error, %network, "cannot read what changed; will try again");
                }
            }
            let _ = timeout(self.looks_again, self.wake.notified()).await;
        }
    }
}
