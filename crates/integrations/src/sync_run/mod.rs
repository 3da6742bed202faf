//! Runs of an integration: when data was exchanged, how much, and what failed.

pub mod entity;
mod loader;

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use subgraph::money::Long;

pub use entity::{RunOutcome, RunTrigger};
pub use loader::RunLoader;

use crate::integration::instant;

/// One exchange of data with a provider.
#[derive(Clone, Debug, SimpleObject)]
pub struct SyncRun {
    /// The run.
    pub id: ID,
    /// What started it.
    pub trigger: RunTrigger,
    /// How it went.
    pub outcome: RunOutcome,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; null while it runs.
    pub finished_at: Option<DateTime<Utc>>,
    /// Records read from the provider.
    pub records_read: Long,
    /// Records written to the provider.
    pub records_written: Long,
    /// Records that were refused.
    pub records_failed: Long,
    /// Why it failed; null when it did not.
    pub error: Option<String>,
}

impl From<entity::Model> for SyncRun {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id.into(),
            trigger: row.trigger,
            outcome: row.outcome,
            started_at: instant(row.started_at).unwrap_or_default(),
            finished_at: row.finished_at.and_then(instant),
            records_read: row.records_read.into(),
            records_written: row.records_written.into(),
            records_failed: row.records_failed.into(),
            error: row.error,
        }
    }
}
