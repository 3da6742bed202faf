//! Every service's own copy of the unit tree and its memberships.
//!
//! The networks service writes it in the transaction of each change ([`publish`]); the others follow
//! ([`follow`]). Each record carries the number of its last change, so "everything after change N" is a
//! complete, idempotent feed: a follower that missed anything, or starts empty, asks from where it stands.
//! Records are never deleted: units close, memberships end.

pub mod follow;
mod grants;
mod migration;
mod publish;
mod record;

pub use grants::Grants;
pub use migration::Migration;
pub use publish::publish;
pub use record::{Changes, UnitKind, clock, membership, unit};
