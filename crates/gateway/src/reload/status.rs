//! What became of changes, for `/ready`.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The present generation of a gateway and what was refused since.
#[derive(Debug)]
pub(crate) struct Status(Mutex<Told>);

/// What is told of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told {
    /// Counts up with every configuration or schema that took over, from 1.
    pub(crate) generation: u64,
    /// When it took over.
    pub(crate) since: DateTime<Utc>,
    /// Plans that were made before it took over.
    pub(crate) prepared_plans: usize,
    /// What is in the files and is not served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<Refused>,
    /// Keys whose change takes a restart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) restart_needed_for: Vec<&'static str>,
}

/// A change that was refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refused {
    pub(crate) since: DateTime<Utc>,
    /// In development mode only; they are in the log in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasons: Option<String>,
}

impl Default for Status {
    fn default() -> Self {
        Self(Mutex::new(Told {
            generation: 1,
            since: Utc::now(),
            prepared_plans: 0,
            refused: None,
            restart_needed_for: Vec::new(),
        }))
    }
}

impl Status {
    fn change<T>(&self, change: impl FnOnce(&mut Told) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A generation took over; its number.
    pub(crate) fn took_over(&self, prepared_plans: usize) -> u64 {
        self.change(|told| {
            told.generation += 1;
            told.since = Utc::now();
            told.prepared_plans = prepared_plans;
            told.generation
        })
    }

    /// All of a change is served, but for keys that take a restart.
    pub(crate) fn accepted(&self, restart_needed_for: Vec<&'static str>) {
        self.change(|told| {
            told.refused = None;
            told.restart_needed_for = restart_needed_for;
        });
    }

    /// A change was refused.
    pub(crate) fn refused(&self, reasons: String) {
        self.change(|told| told.refused = Some(Refused { since: Utc::now(), reasons: Some(reasons) }));
    }

    /// What is told of it, with reasons or without.
    pub(crate) fn told(&self, with_reasons: bool) -> Told {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(refused) = told.refused.as_mut().filter(|_| !with_reasons) {
            refused.reasons = None;
        }
        told
    }
}
