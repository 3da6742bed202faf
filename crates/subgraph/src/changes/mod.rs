//! The log of what changed in a service, for those who follow it live.
//!
//! Whatever changes a row that people see [`record`]s that in the same transaction: what is in the log has happened,
//! and what has happened is in the log. Each change of a network has the next number, its *revision*. Whoever numbers
//! holds the network's clock until the commit, so changes become visible in the order of their revisions, without
//! gaps: a follower that has seen revision N goes on with N + 1 and neither misses nor repeats one, though
//! transactions overlap and whatever restarts.
//!
//! A [`Feed`] hands the log on to any number of followers. It reads a network's log once for all of them, as soon as
//! it is told of a change: by this process, or by PostgreSQL about another replica. As nobody need tell (an import
//! runs beside an embedded platform, a connection breaks), it also looks by itself from time to time.
//!
//! Changes are kept for at least [`KEPT`]. One transaction lists so many of a network at most; of more, followers are
//! told that they missed them.

mod feed;
mod follow;
mod listen;
mod migration;
mod read;
mod record;
mod write;

use std::time::Duration;

pub use feed::Feed;
pub use migration::{DetailMigration, Migration};
pub use read::newest;
pub use record::{NewChange, change, clock};
pub use write::{Recorded, record};

/// How long a change can be asked for at least. Older ones go as newer ones come.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Changes that are read at a time.
const PAGE: u64 = 100;
