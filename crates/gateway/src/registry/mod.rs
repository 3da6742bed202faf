//! The registry of stored operations: operations that are registered and retired while gateways run, in a database that
//! all replicas share.
//!
//! Every registration is a new version; nothing is overwritten. Each change counts up a revision in its own
//! transaction, which replicas look at to know when to read again ([`follow`]). `docs/operations.md` describes it for
//! users.

mod database;
mod entity;
pub(crate) mod follow;
mod migration;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

pub use self::database::RegistryError;
pub use self::store::Registry;

/// One version of a registered operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// What clients call it.
    pub id: String,
    /// From 1; the highest is served.
    pub version: i32,
    /// Who answers for it: a team or a person.
    pub owner: String,
    /// What it is for.
    pub description: Option<String>,
    /// The day from which clients should use something else.
    pub deprecated_on: Option<NaiveDate>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// Who registered it: the subject of a token, or a user of the command line.
    pub registered_by: String,
    /// When it was retired; such an operation is no longer served.
    pub retired_at: Option<DateTime<Utc>>,
    /// GraphQL text.
    pub text: String,
}

/// What a registration changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The operation was not there, or retired.
    Created,
    /// There is a new version of it.
    Replaced,
    /// All of it was there already.
    Nothing,
}

/// What is said of an operation that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What clients call it.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is for.
    pub description: Option<String>,
    /// The day from which clients should use something else.
    pub deprecated_on: Option<NaiveDate>,
    /// GraphQL text.
    pub text: String,
}
