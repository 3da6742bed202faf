//! What a service remembers, whoever asked.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use moka::policy::EvictionPolicy;
use moka::{future, sync};
use sea_orm::DatabaseConnection;
use uuid::Uuid;

use super::Question;
use super::sight::Sight;
use crate::caller::Scope;
use crate::error::{Error, Result};

/// What an answer costs besides its own size, in bytes: its key twice, and the cache's bookkeeping.
const OVERHEAD: usize = 320;

/// The answers that a service remembers; cheap to clone.
#[derive(Clone)]
pub struct Memory(Arc<Kinds>);

struct Kinds {
    max_bytes: u64,
    /// The [`Kept`] answers to each type of question that was asked.
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// By default, 32 MiB for each kind of question.
impl Default for Memory {
    fn default() -> Self {
        Self::new(32 << 20)
    }
}

impl Memory {
    /// A memory of at most this many bytes for each kind of question.
    pub fn new(max_bytes: u64) -> Self {
        Self(Arc::new(Kinds { max_bytes, kept: Mutex::default() }))
    }

    /// About how many bytes the answers of a kind take now.
    pub fn bytes<Q: Question>(&self) -> u64 {
        self.kept::<Q>().map_or(0, |kept| {
            kept.answers.run_pending_tasks();
            kept.answers.weighted_size()
        })
    }

    pub(super) fn kept<Q: Question>(&self) -> Result<Arc<Kept<Q>>> {
        let mut kinds = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept =
            kinds.entry(TypeId::of::<Q>()).or_insert_with(|| Arc::new(Kept::<Q>::new(self.0.max_bytes)));
        kept.clone().downcast().map_err(|_| Error::internal("answers under another question's type"))
    }
}

/// What an answer is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<Q> {
    pub(super) question: Q,
    pub(super) sight: Sight,
}

type Answers<Q> = HashMap<Uuid, <Q as Question>::Answer>;

/// Answers to one kind of question.
pub(super) struct Kept<Q: Question> {
    /// The least recently used go first: those of earlier revisions are used no more.
    answers: sync::Cache<Key<Q>, Option<Q::Answer>>,
    /// What is being computed, for those who ask the same at the same time.
    running: future::Cache<(Q, Vec<Sight>), Arc<Answers<Q>>>,
}

impl<Q: Question> Kept<Q> {
    fn new(max_bytes: u64) -> Self {
        let bytes = |_: &Key<Q>, answer: &Option<Q::Answer>| {
            u32::try_from(OVERHEAD + answer.as_ref().map_or(0, Q::size)).unwrap_or(u32::MAX)
        };
        let answers = sync::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(bytes)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { answers, running: future::Cache::builder().max_capacity(0).build() }
    }

    /// The answer, if it is remembered; an answer may be that there is none.
    pub(super) fn get(&self, key: &Key<Q>) -> Option<Option<Q::Answer>> {
        self.answers.get(key)
    }

    /// Computes the answers for units, or waits until whoever asked the same earlier has. When that request is
    /// dropped, one of those who wait goes on in its place.
    pub(super) async fn compute(
        &self,
        database: &DatabaseConnection,
        question: &Q,
        mut sights: Vec<Sight>,
    ) -> Result<Arc<Answers<Q>>> {
        sights.sort_unstable();
        let flight = (question.clone(), sights);
        let computed = self.running.try_get_with(flight.clone(), self.read(database, &flight)).await;
        self.running.invalidate(&flight).await;
        computed.map_err(|error| Error::clone(&error))
    }

    async fn read(
        &self,
        database: &DatabaseConnection,
        (question, sights): &(Q, Vec<Sight>),
    ) -> Result<Arc<Answers<Q>>> {
        let units: Vec<Uuid> = sights.iter().map(|sight| sight.unit).collect();
        let mut scope = Scope::default();
        for sight in sights {
            scope.add(sight.kind, sight.unit);
        }
        let answers = question.answer(database, &scope, &units).await?;
        for sight in sights {
            let key = Key { question: question.clone(), sight: *sight };
            self.answers.insert(key, answers.get(&sight.unit).cloned());
        }
        Ok(Arc::new(answers))
    }
}
