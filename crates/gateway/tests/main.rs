//! The gateway over real sockets: clients on one side, subgraph servers on the other.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod answers;
mod batches;
mod budgets;
mod caching;
mod callers;
mod command_line;
mod compression;
mod contracts;
mod costs;
mod deferred_answers;
mod explorer;
mod generations;
mod graphql_over_http;
mod harness;
mod headers;
mod hostile;
mod in_process;
mod lifecycle;
mod limits;
mod persisted_queries;
mod registry;
mod resilience;
mod stored_operations;
mod subscriptions;
mod tables;
mod tooling;
mod uploads;
mod upstream;
