//! What the services rely on, on both databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod changes;
mod directory;
mod idempotency;
mod load;
mod migration;
