//! What the analytics service promises, on both databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod performance;
mod ranges;
mod schema;
mod speed;
mod tenancy;
mod world;
