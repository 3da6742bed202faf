//! The integrations service through GraphQL, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod fixture;
mod health;
mod lists;
mod mutations;
mod schema;
