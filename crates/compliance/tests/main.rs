//! What the compliance service does, on both databases.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alerts;
mod changes;
mod followed;
mod lists;
mod loads;
mod raised;
mod schema;
mod score;
mod trail;
mod world;
