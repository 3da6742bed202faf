//! The operations a gateway serves: those of its folder, and those of the registry as it was last read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{NaiveDate, NaiveTime};
use http::HeaderValue;

use super::load::{Loading, OperationProblem, OperationsError, parse};
use super::{StoredOperation, StoredOperations};
use crate::registry::Registered;

/// What is served now. Readers get one state of it, which a change replaces as a whole.
#[derive(Debug, Default)]
pub(crate) struct Served {
    state: RwLock<State>,
    /// Held by whoever makes the next state out of the present one.
    changing: Mutex<()>,
}

#[derive(Clone, Debug, Default)]
struct State {
    folder: Arc<StoredOperations>,
    /// As the registry was last read.
    registered: Arc<[Registered]>,
    all: Arc<StoredOperations>,
    problems: Arc<Problems>,
}

/// Registered operations that are not served as registered, by id, with the reason.
pub(crate) type Problems = BTreeMap<String, String>;

impl Served {
    pub(crate) fn new(folder: StoredOperations) -> Self {
        let folder = Arc::new(folder);
        let state = State { all: folder.clone(), folder, ..State::default() };
        Self { state: RwLock::new(state), changing: Mutex::default() }
    }

    /// What is served now.
    pub(crate) fn now(&self) -> Arc<StoredOperations> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).all.clone()
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is wrong with registered operations.
    pub(crate) fn problems(&self) -> Arc<Problems> {
        self.state().problems
    }

    pub(crate) fn of_folder(&self, id: &str) -> bool {
        self.state().folder.get(id).is_some()
    }

    /// Those of the folder.
    pub(crate) fn folder(&self) -> Arc<StoredOperations> {
        self.state().folder
    }

    fn change(&self, next: impl FnOnce(State) -> State) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = next(self.state());
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Serves the registered operations that another gateway serves, besides those of the folder.
    ///
    /// # Errors
    /// All that do not fit.
    pub(crate) fn take_over(&self, other: &Self, loading: &Loading<'_>) -> Result<(), OperationsError> {
        let before = other.now();
        let loading = loading.after(&before);
        let mut problems = Vec::new();
        let mut taken = Vec::new();
        for registered in before.iter().filter_map(|operation| operation.registered.as_ref()) {
            // What became part of the folder meanwhile is that.
            if !self.of_folder(&registered.id) {
                match check(registered, &loading) {
                    Ok(operation) => taken.push(Arc::new(operation)),
                    Err(found) => problems.extend(found),
                }
            }
        }
        if !problems.is_empty() {
            return Err(OperationsError(problems));
        }
        self.change(|state| {
            let registered = taken.iter().filter_map(|operation| operation.registered.clone()).collect();
            let mut all = StoredOperations::clone(&state.folder);
            taken.into_iter().for_each(|operation| all.insert(operation));
            State { registered, all: Arc::new(all), ..state }
        });
        Ok(())
    }

    /// Serves these besides those of the folder. One that is not acceptable leaves what was served under its id.
    pub(crate) fn replace(&self, registered: &[Registered], loading: &Loading<'_>) {
        self.change(|state| state.with(state.folder.clone(), registered.into(), loading));
    }

    /// Serves another folder besides what is registered.
    pub(crate) fn replace_folder(&self, folder: StoredOperations, loading: &Loading<'_>) {
        self.change(|state| state.with(Arc::new(folder), state.registered.clone(), loading));
    }
}

impl State {
    fn with(
        &self,
        folder: Arc<StoredOperations>,
        registered: Arc<[Registered]>,
        loading: &Loading<'_>,
    ) -> Self {
        let mut all = StoredOperations::clone(&folder);
        let mut problems = Problems::new();
        for registered in registered.iter() {
            let id = &registered.id;
            if folder.get(id).is_some() {
                problems.insert(id.clone(), "the gateway's folder has an operation of this id".to_owned());
                continue;
            }
            let known = self.all.get(id).filter(|known| known.registered.is_some());
            if let Some(same) = known.filter(|known| known.registered.as_ref() == Some(registered)) {
                all.insert(same.clone());
                continue;
            }
            match check(registered, loading) {
                Ok(operation) => all.insert(Arc::new(operation)),
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
                        all.insert(known.clone());
                    }
                }
            }
        }
        Self { folder, registered, all: Arc::new(all), problems: Arc::new(problems) }
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
