//! What the analytics service promises, on both databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod currencies;
mod facts;
mod followed;
mod performance;
mod ranges;
mod ranking;
mod schema;
mod speed;
mod standing;
mod tenancy;
mod world;
