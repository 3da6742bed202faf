//! Behaviour of the platform as its users meet it, and rules the tree keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod caching;
mod changes;
mod command_lines;
mod counts;
mod demo;
mod documents;
mod failures;
mod figures;
mod harness;
mod interrupted;
mod registry;
mod replicas;
mod stopping;
mod subscriptions;
mod tenancy;
mod tidy;
mod tools;
mod topologies;
mod traces;
