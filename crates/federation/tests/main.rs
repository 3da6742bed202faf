//! Behaviour of the engine, stage by stage.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod compose;
mod contract;
mod diff;
mod differential;
mod execute;
mod graphs;
mod index;
mod operation;
mod plan;
mod supergraph;
