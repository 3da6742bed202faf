//! Behaviour of the networks service, on both databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod demo;
mod entities;
mod fixture;
mod lists;
mod mutations;
mod remembered;
mod schema;
mod statements;
mod tenancy;
