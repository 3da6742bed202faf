//! Batching: what the fields of one request ask for is read together.
//!
//! A request's fields are polled by one task. A batch gathers by yielding to that task until nobody asks for
//! more, so every field of a level has asked before anything is read, however slow the machine and however many
//! units: the number of statements is a property of the query. Loaders that wait for a time or a number of turns
//! split large batches, and make small ones wait for nothing.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use sea_orm::DatabaseConnection;
use subgraph::caller::{Caller, Permission, Scope};
use subgraph::{Error, Result};
use uuid::Uuid;

/// Turns of the request's task without a new question after which a batch is complete. One would do where
/// fields ask when they are first polled; the others are for fields that take a detour.
const QUIET_TURNS: usize = 3;

/// The most units of one statement: below the parameter limits of both databases.
const MAX_UNITS: usize = 10_000;

/// What is read for a unit besides its id, the same for all units of a statement.
pub(crate) trait Question: Copy + Eq + Hash + Send + Sync + 'static {
    /// What is found for a unit.
    type Answer: Clone + Send + Sync + 'static;

    /// The answers for those of the units that are in scope; the others are absent.
    fn answer(
        self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<Uuid, Self::Answer>>> + Send;
}

type Key<Q> = (Q, Uuid);
type Found<Q> = Result<Option<<Q as Question>::Answer>>;
type Answers<Q> = Arc<HashMap<Key<Q>, Found<Q>>>;
type Reading<Q> = Shared<BoxFuture<'static, Answers<Q>>>;

/// The batches of one kind of question, for one request.
pub(crate) struct Batches<Q: Question> {
    database: DatabaseConnection,
    scope: Scope,
    state: Arc<Mutex<State<Q>>>,
}

struct State<Q: Question> {
    /// Asked since the last batch was closed.
    gathered: Vec<Key<Q>>,
    /// Where each question asked so far is or will be answered.
    readings: HashMap<Key<Q>, Reading<Q>>,
    /// The batch that is gathering.
    open: Option<Reading<Q>>,
}

/// The answer for a unit, or nothing when the caller may not see its figures or it does not exist.
pub(crate) async fn ask<Q: Question>(context: &Context<'_>, question: Q, unit: Uuid) -> Found<Q> {
    let batches = context.data::<Batches<Q>>().map_err(|error| Error::internal(error.message))?;
    let key = (question, unit);
    let answers = batches.reading(key).await;
    answers.get(&key).cloned().unwrap_or_else(|| Err(Error::internal("a batch left a question unanswered")))
}

impl<Q: Question> Batches<Q> {
    /// Batches of figures for a caller.
    pub(crate) fn new(database: &DatabaseConnection, caller: &Caller) -> Self {
        let state = State { gathered: Vec::new(), readings: HashMap::new(), open: None };
        Self {
            database: database.clone(),
            scope: caller.scope(Permission::ReadFigures),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The batch that answers a question.
    fn reading(&self, key: Key<Q>) -> Reading<Q> {
        let mut state = lock(&self.state);
        if let Some(reading) = state.readings.get(&key) {
            return reading.clone();
        }
        let reading = state.open.get_or_insert_with(|| self.open()).clone();
        state.gathered.push(key);
        state.readings.insert(key, reading.clone());
        reading
    }

    fn open(&self) -> Reading<Q> {
        let (database, scope, state) = (self.database.clone(), self.scope.clone(), self.state.clone());
        let batch = async move {
            let keys = gather(&state).await;
            Arc::new(read(&database, &scope, keys).await)
        };
        batch.boxed().shared()
    }
}

/// Waits until no more is asked, and closes the batch.
async fn gather<Q: Question>(state: &Mutex<State<Q>>) -> Vec<Key<Q>> {
    let (mut known, mut quiet) = (0, 0);
    loop {
        {
            let mut state = lock(state);
            quiet = if state.gathered.len() == known { quiet + 1 } else { 0 };
            known = state.gathered.len();
            if quiet == QUIET_TURNS {
                state.open = None;
                return std::mem::take(&mut state.gathered);
            }
        }
        tokio::task::yield_now().await;
    }
}

async fn read<Q: Question>(
    database: &DatabaseConnection,
    scope: &Scope,
    keys: Vec<Key<Q>>,
) -> HashMap<Key<Q>, Found<Q>> {
    let mut questions: HashMap<Q, Vec<Uuid>> = HashMap::new();
    for (question, unit) in keys {
        questions.entry(question).or_default().push(unit);
    }
    let mut found = HashMap::new();
    for (question, units) in questions {
        for units in units.chunks(MAX_UNITS) {
            let mut answers = question.answer(database, scope, units).await;
            for unit in units {
                let answer = match &mut answers {
                    Ok(answers) => Ok(answers.remove(unit)),
                    Err(error) => Err(error.clone()),
                };
                found.insert((question, *unit), answer);
            }
        }
    }
    found
}

/// Nothing panics while it holds the lock, and the state is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
