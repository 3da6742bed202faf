//! The operations a gateway serves: those of its folder, and those of the registry as it was last read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{NaiveDate, NaiveTime};
use http::HeaderValue;

use super::load::{Loading, OperationProblem, OperationsError, parse};
use super::{StoredOperation, StoredOperations};
use crate::registry::Registered;

/// What is served now. Readers get one state of it, which a change replaces as a whole.
#[derive(Debug, Default)]
pub(crate) struct Served {
    folder: StoredOperations,
    now: RwLock<Arc<StoredOperations>>,
    problems: RwLock<Arc<Problems>>,
}

/// Registered operations that are not served as registered, by id, with the reason.
pub(crate) type Problems = BTreeMap<String, String>;

impl Served {
    pub(crate) fn new(folder: StoredOperations) -> Self {
        Self { now: RwLock::new(Arc::new(folder.clone())), folder, problems: RwLock::default() }
    }

    /// What is served now.
    pub(crate) fn now(&self) -> Arc<StoredOperations> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is wrong with registered operations.
    pub(crate) fn problems(&self) -> Arc<Problems> {
        self.problems.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn of_folder(&self, id: &str) -> bool {
        self.folder.get(id).is_some()
    }

    pub(crate) fn into_folder(self) -> StoredOperations {
        self.folder
    }

    /// Serves the registered operations that another gateway serves, besides those of the folder.
    ///
    /// # Errors
    /// All that do not fit.
    pub(crate) fn take_over(&self, other: &Self, loading: &Loading<'_>) -> Result<(), OperationsError> {
        let before = other.now();
        let loading = loading.after(&before);
        let mut next = self.folder.clone();
        let mut problems = Vec::new();
        for registered in before.iter().filter_map(|operation| operation.registered.as_ref()) {
            // What became part of the folder meanwhile is that.
            if self.of_folder(&registered.id) {
                continue;
            }
            match check(registered, &loading) {
                Ok(operation) => next.insert(Arc::new(operation)),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(OperationsError(problems));
        }
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    /// Serves these besides those of the folder. One that is not acceptable leaves what was served under its id.
    pub(crate) fn replace(&self, registered: &[Registered], loading: &Loading<'_>) {
        let before = self.now();
        let mut next = self.folder.clone();
        let mut problems = Problems::new();
        for registered in registered {
            let id = &registered.id;
            if self.of_folder(id) {
                problems.insert(id.clone(), "the gateway's folder has an operation of this id".to_owned());
                continue;
            }
            let known = before.get(id);
            if let Some(same) = known.filter(|known| known.registered.as_ref() == Some(registered)) {
                next.insert(same.clone());
                continue;
            }
            match check(registered, loading) {
                Ok(operation) => next.insert(Arc::new(operation)),
                Err(found) => {
                    let reasons = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                    tracing::error!(
                        id,
                        version = registered.version,
                        reasons,
                        "a registered operation is not served"
                    );
                    problems.insert(id.clone(), reasons);
                    if let Some(known) = known {
                        next.insert(known.clone());
                    }
                }
            }
        }
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        *self.problems.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(problems);
    }
}

/// Checks an operation as it is registered.
fn check(registered: &Registered, loading: &Loading<'_>) -> Result<StoredOperation, Vec<OperationProblem>> {
    let mut operation = check_text(&registered.id, registered.text.clone(), loading)?;
    if registered.description.is_some() {
        operation.description.clone_from(&registered.description);
    }
    operation.deprecation = registered.deprecated_on.and_then(deprecation);
    operation.registered = Some(registered.clone());
    Ok(operation)
}

/// The beginning of a day as RFC 9745 has it.
fn deprecation(day: NaiveDate) -> Option<HeaderValue> {
    let instant = day.and_time(NaiveTime::MIN).and_utc().timestamp();
    HeaderValue::try_from(format!("@{instant}")).ok()
}

/// Checks an operation that is to be registered.
pub(crate) fn check_text(
    id: &str,
    text: String,
    loading: &Loading<'_>,
) -> Result<StoredOperation, Vec<OperationProblem>> {
    parse(&PathBuf::from(format!("{id}.graphql")), text, loading)
}
