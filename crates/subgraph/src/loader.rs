//! Batched loading of what resolvers ask for one by one.
//!
//! The first resolver that asks for a key of a loader leads: it lets the other resolvers of the request go on
//! until none of them asks for another key, then loads all keys at once. Nothing is added to the latency, as
//! waiting for a time to pass would, and the number of statements does not depend on the machine's speed.
//! Loaders that wait for a fixed time or a fixed number of rounds split a few hundred keys into several
//! batches.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::dataloader::Loader;
use futures::channel::oneshot;

use crate::error::{Error, Result as KitResult};

/// After this many rounds without a new key, nobody else is going to ask.
const QUIET_ROUNDS: usize = 4;

type Loaded<K, L> = Result<Option<<L as Loader<K>>::Value>, <L as Loader<K>>::Error>;

/// Who waits for a key.
type Waiting<K, L> = Vec<(K, oneshot::Sender<Loaded<K, L>>)>;

/// Loads values by key for one request, in batches.
pub struct DataLoader<K, L>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    loader: L,
    waiting: Mutex<Waiting<K, L>>,
}

impl<K, L> DataLoader<K, L>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    /// A loader for one request.
    pub fn new(loader: L) -> Self {
        Self { loader, waiting: Mutex::new(Vec::new()) }
    }

    /// The value of a key; `None` when there is none.
    ///
    /// # Errors
    /// The loader's own: one failure fails all keys of a batch.
    pub async fn load_one(&self, key: K) -> Loaded<K, L> {
        loop {
            let (sender, mut answer) = oneshot::channel();
            let leads = self.with_waiting(|waiting| {
                waiting.push((key.clone(), sender));
                waiting.len() == 1
            });
            if leads {
                self.lead().await;
                return answer.try_recv().ok().flatten().unwrap_or(Ok(None));
            }
            // A leader that is dropped (its part of the answer failed) leaves the batch to whoever asks again.
            if let Ok(loaded) = answer.await {
                return loaded;
            }
        }
    }

    async fn lead(&self) {
        let abandon = Abandon(self);
        let (mut keys, mut quiet) = (1, 0);
        while quiet < QUIET_ROUNDS {
            tokio::task::yield_now().await;
            let now = self.with_waiting(|waiting| waiting.len());
            quiet = if now == keys { quiet + 1 } else { 0 };
            keys = now;
        }
        std::mem::forget(abandon);
        let batch = self.with_waiting(std::mem::take);
        let distinct: HashSet<&K> = batch.iter().map(|(key, _)| key).collect();
        let distinct: Vec<K> = distinct.into_iter().cloned().collect();
        let loaded = self.loader.load(&distinct).await;
        for (key, sender) in batch {
            let value = match &loaded {
                Ok(values) => Ok(values.get(&key).cloned()),
                Err(error) => Err(error.clone()),
            };
            // Whoever no longer waits does not need it.
            let _ = sender.send(value);
        }
    }

    fn with_waiting<T>(&self, act: impl FnOnce(&mut Waiting<K, L>) -> T) -> T {
        act(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lets go of everybody who waits when a leader is dropped before it has taken the batch.
struct Abandon<'a, K, L>(&'a DataLoader<K, L>)
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>;

impl<K, L> Drop for Abandon<'_, K, L>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    fn drop(&mut self) {
        self.0.with_waiting(|waiting| waiting.clear());
    }
}

/// The loaders of one request, each made when it is first asked.
#[derive(Default)]
pub struct Loaders(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Loaders {
    /// The loader for a type of keys.
    ///
    /// # Errors
    /// Never, unless this type is broken.
    pub fn of<K, L>(&self, make: impl FnOnce() -> L) -> KitResult<Arc<DataLoader<K, L>>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        L: Loader<K>,
    {
        let mut loaders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let loader = loaders
            .entry(TypeId::of::<DataLoader<K, L>>())
            .or_insert_with(|| Arc::new(DataLoader::<K, L>::new(make())));
        loader.clone().downcast().map_err(|_| Error::internal("a loader under another key's type"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    struct Doubling {
        batches: AtomicUsize,
    }

    impl Loader<i64> for &'static Doubling {
        type Value = i64;
        type Error = String;

        async fn load(&self, keys: &[i64]) -> Result<HashMap<i64, i64>, String> {
            self.batches.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            if keys.contains(&-1) {
                return Err("negative".to_owned());
            }
            Ok(keys.iter().filter(|key| **key != 0).map(|key| (*key, key * 2)).collect())
        }
    }

    fn doubling() -> &'static Doubling {
        Box::leak(Box::new(Doubling { batches: AtomicUsize::new(0) }))
    }

    #[tokio::test]
    async fn a_thousand_keys_of_two_levels_are_two_batches() {
        let counted = doubling();
        let loader = DataLoader::new(counted);
        let loader = &loader;
        let answers = join_all((1..=1000).map(|key| async move {
            let below = loader.load_one(key).await.unwrap().unwrap();
            loader.load_one(below).await.unwrap().unwrap()
        }));
        let answers = answers.await;
        assert!(answers.iter().zip(1..).all(|(answer, key)| *answer == key * 4));
        assert_eq!(counted.batches.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_is_not_there_is_none_and_a_failure_reaches_all() {
        let loader = DataLoader::new(doubling());
        assert_eq!(loader.load_one(0).await, Ok(None));
        let (first, second) = futures::join!(loader.load_one(-1), loader.load_one(3));
        assert_eq!((first, second), (Err("negative".to_owned()), Err("negative".to_owned())));
    }

    #[tokio::test]
    async fn a_dropped_leader_leaves_nobody_waiting() {
        let loader = DataLoader::new(doubling());
        let mut leader = Box::pin(loader.load_one(1));
        let mut follower = Box::pin(loader.load_one(2));
        assert!(futures::poll!(&mut leader).is_pending());
        assert!(futures::poll!(&mut follower).is_pending());
        drop(leader);
        assert_eq!(follower.await, Ok(Some(4)));
    }
}
