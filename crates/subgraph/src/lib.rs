//! What the subgraph services share.
//!
//! A service is built from these parts, in the order a request meets them: [`serve`] (HTTP), [`service`]
//! (schema and per-request data), [`caller`] (who asks, what they may see), [`answers`] (what is remembered),
//! [`loader`] (batches), [`page`] and [`error`] (how answers and failures look), [`mutation`] (what changes have
//! in common), [`database`] and [`rows`]. The [`directory`] is every service's own copy of the unit tree and its memberships,
//! so that each scopes its statements without asking another service; [`revision`] tells whether anything of a
//! network changed, [`changes`] what it was, to those who hold a [`subscription`]. A [`load`] is many records at once. [`telemetry`] is what a process says of itself.

pub mod answers;
pub mod caller;
pub mod changes;
pub mod cli;
pub mod database;
pub mod date;
pub mod directory;
pub mod error;
pub mod idempotency;
pub mod load;
pub mod loader;
pub mod money;
pub mod mutation;
pub mod page;
pub mod revision;
pub mod rows;
pub mod sdl;
pub mod serve;
pub mod service;
pub mod subscription;
pub mod telemetry;
#[cfg(feature = "test-util")]
pub mod testing;

pub use error::{Error, Result};
