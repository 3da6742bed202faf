//! What lives for one request: the reader's scopes and the batching of lookups.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;
use async_graphql::dataloader::Loader;
use sea_orm::DatabaseConnection;
use subgraph::caller::{Caller, Permission, Scope};
use subgraph::loader::DataLoader;
use subgraph::{Error, Result};

/// Who reads, as scopes.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) caller: Arc<Caller>,
    /// Where units may be seen.
    pub(crate) units: Scope,
    /// Where memberships may be seen.
    pub(crate) members: Scope,
}

impl Reader {
    pub(crate) fn new(caller: Arc<Caller>) -> Self {
        let units = caller.scope(Permission::ReadUnits);
        let members = caller.scope(Permission::ReadMembers);
        Self { caller, units, members }
    }
}

/// What lookups run on: the database, within the reader's scopes.
#[derive(Clone)]
pub(crate) struct Lookup {
    pub(crate) database: DatabaseConnection,
    pub(crate) reader: Arc<Reader>,
}

/// Looks things up for all fields of a request together: one batch per kind of key.
pub(crate) struct Batch {
    lookup: Lookup,
    /// A [`DataLoader`] for each type of key that was asked for.
    loaders: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Batch {
    /// The batching for one request.
    pub(crate) fn new(database: DatabaseConnection, reader: Reader) -> Self {
        let lookup = Lookup { database, reader: Arc::new(reader) };
        Self { lookup, loaders: Mutex::new(HashMap::new()) }
    }

    /// The value of a key; `None` when there is none that the reader may see.
    ///
    /// # Errors
    /// The lookup's own: one failure fails all keys of a batch.
    pub(crate) async fn load_one<K>(&self, key: K) -> Result<Option<<Lookup as Loader<K>>::Value>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Lookup: Loader<K, Error = Error>,
    {
        self.loader::<K>()?.load_one(key).await
    }

    fn loader<K>(&self) -> Result<Arc<DataLoader<K, Lookup>>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Lookup: Loader<K, Error = Error>,
    {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let loader = loaders
            .entry(TypeId::of::<K>())
            .or_insert_with(|| Arc::new(DataLoader::<K, Lookup>::new(self.lookup.clone())));
        loader.clone().downcast().map_err(|_| Error::internal("a loader under another key's type"))
    }
}

/// Typed access to what [`crate::Networks`] puts into a request.
pub(crate) trait ReaderContext<'a> {
    /// Who reads.
    fn reader(&self) -> Result<&'a Reader>;

    /// The batched lookups.
    fn batch(&self) -> Result<&'a Batch>;
}

impl<'a> ReaderContext<'a> for Context<'a> {
    fn reader(&self) -> Result<&'a Reader> {
        Ok(&self.batch()?.lookup.reader)
    }

    fn batch(&self) -> Result<&'a Batch> {
        self.data::<Batch>().map_err(|error| Error::internal(error.message))
    }
}
