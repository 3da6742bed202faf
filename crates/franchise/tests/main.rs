//! The program as its users call it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audit;
mod import;
mod options;
mod program;
mod supergraph;
mod tls;
mod token;
