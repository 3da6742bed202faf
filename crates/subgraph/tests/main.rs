//! What the services rely on, on both databases.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod directory;
mod idempotency;
