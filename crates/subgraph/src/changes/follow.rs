//! One follower of a network's log: never misses a change, never sees one twice, and holds one page at most.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::{Stream, stream};
use sea_orm::DatabaseConnection;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::feed::Tail;
use super::read::page;
use super::record::change;
use super::{PAGE, newest};
use crate::error::{Error, Result};

/// What a follower follows.
pub(super) struct Following {
    pub(super) database: DatabaseConnection,
    pub(super) network: Uuid,
    /// Keeps the log's end being read.
    pub(super) _tail: Arc<Tail>,
    pub(super) live: Receiver<Arc<change::Model>>,
}

impl Following {
    /// The changes after a revision, of which there are so many at most.
    pub(super) fn from(
        self,
        after: Option<i64>,
        newest: i64,
        behind: i64,
    ) -> Result<impl Stream<Item = Result<Arc<change::Model>>> + Send + use<>> {
        let at = after.unwrap_or(newest);
        if !(0..=newest).contains(&at) {
            return Err(Error::BadInput(format!(
                "there has not been a revision {at}: the newest is {newest}"
            )));
        }
        if newest - at > behind {
            return Err(Error::Missed(format!(
                "revision {at} is {} changes ago, more than {behind} are not made up for",
                newest - at
            )));
        }
        let follower = Follower { following: self, at, page: VecDeque::new(), stored: true };
        Ok(stream::unfold(Some(follower), async |follower| {
            let mut follower = follower?;
            Some(match follower.next().await {
                Ok(change) => (Ok(change), Some(follower)),
                Err(error) => (Err(error), None),
            })
        }))
    }
}

struct Follower {
    following: Following,
    /// The revision that was handed on last.
    at: i64,
    /// Read from the log and not handed on yet.
    page: VecDeque<change::Model>,
    /// There may be more in the log than what comes live.
    stored: bool,
}

impl Follower {
    /// The next change, whenever it comes.
    async fn next(&mut self) -> Result<Arc<change::Model>> {
        loop {
            if let Some(change) = self.page.pop_front() {
                if change.revision != self.at + 1 {
                    return Err(self.missed());
                }
                self.at = change.revision;
                return Ok(Arc::new(change));
            }
            if self.stored {
                self.page = self.read().await?;
                self.stored = self.page.len() as u64 == PAGE;
                continue;
            }
            match self.following.live.recv().await {
                // Came from the log already.
                Ok(change) if change.revision <= self.at => {}
                Ok(change) if change.revision == self.at + 1 => {
                    self.at = change.revision;
                    return Ok(change);
                }
                // Too late for what is held: the log has it.
                Ok(_) | Err(RecvError::Lagged(_)) => self.stored = true,
                Err(RecvError::Closed) => return Err(Error::internal("the end of the log is not read")),
            }
        }
    }

    /// The next page of the log. However many there are: who follows reads as fast as they can.
    async fn read(&self) -> Result<VecDeque<change::Model>> {
        let Following { database, network, .. } = &self.following;
        let newest = newest(database, *network).await?;
        let page = page(database, *network, self.at).await?;
        if page.is_empty() && newest > self.at {
            return Err(self.missed());
        }
        Ok(page.into())
    }

    /// The log does not have the next change: it made room, or never had it.
    fn missed(&self) -> Error {
        Error::Missed(format!(
            "what happened after revision {} is not listed: it is too long ago, or was too much at once",
            self.at
        ))
    }
}
