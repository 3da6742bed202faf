//! Platforms under test, each over sockets of its own: the embedded one, and the distributed one of five processes.

mod client;
mod databases;
mod demo;
mod distributed;
mod embedded;
mod events;
mod hour;
mod operations;
mod process;
#[allow(dead_code, reason = "the gateway's own tests use more of it")]
#[path = "../../crates/gateway/tests/harness/redis.rs"]
mod redis;
mod tokens;

pub(crate) use self::redis::Redis;
pub(crate) use client::{Client, Reply};
pub(crate) use databases::{Filled, Named, json, rows};
pub(crate) use demo::{MANY, SMALL, demo};
pub(crate) use distributed::{Distributed, Services, Setup};
pub(crate) use embedded::Embedded;
pub(crate) use events::{Events, Socket};
pub(crate) use hour::within_an_hour;
pub(crate) use operations::{Operation, Units, operations};
pub(crate) use process::{Program, printed, program};
pub(crate) use tokens::{Bearer, INTERNAL_SECRET, USER_SECRET};

use std::path::{Path, PathBuf};

/// The services, each with its own database.
pub(crate) const SERVICES: [&str; 4] = ["networks", "analytics", "compliance", "integrations"];

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}
