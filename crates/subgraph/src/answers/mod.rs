//! Answers about units, kept for as long as nothing changed.
//!
//! A network's figures take thousands of rows to compute and are asked for far more often than a row changes. An
//! answer is kept under its [`Question`], its unit and the [`crate::revision`] of the unit's network, read before
//! the answer was computed: it can never become wrong, only unreachable, and the least used go when the
//! [`Memory`] is full.
//!
//! What a caller may see does not enter into an answer: it is computed within the scope of its units alone, and
//! handed to those whose own scope has the unit. Which units these are, and at which revision their networks are,
//! one small statement finds out in every request ([`sight`]); units that an answer [`names`] are in sight with the
//! one it is about. Equal questions that come at once are computed once.

mod ask;
mod memory;
mod sight;

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;

use sea_orm::DatabaseConnection;
use uuid::Uuid;

use crate::caller::Scope;
use crate::error::Result;

pub use ask::{Asked, ask, find, kind, names};
pub use memory::Memory;

/// What is asked about a unit besides its id. Whatever else an answer depends on but the data of the unit's
/// network is part of the question, such as the day it is asked on.
pub trait Question: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found out about a unit; cheap to clone.
    type Answer: Clone + Send + Sync + 'static;

    /// Computes the answers for units. The scope is that of these units, never that of a caller.
    fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<Uuid, Self::Answer>>> + Send;

    /// About how many bytes an answer takes.
    fn size(answer: &Self::Answer) -> usize;
}
