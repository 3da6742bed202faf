//! Batching: rows by id, and pages and counts for many parents.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use subgraph::Error;
use uuid::Uuid;

use super::{List, Listed, Parent, ParentKind, store};
use crate::request::Lookup;

/// A row by its id.
pub(crate) struct ById<E>(pub(crate) Uuid, PhantomData<fn() -> E>);

impl<E> ById<E> {
    pub(crate) fn new(id: Uuid) -> Self {
        Self(id, PhantomData)
    }
}

impl<E> Clone for ById<E> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl<E> PartialEq for ById<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for ById<E> {}

impl<E> Hash for ById<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<E: Listed> Loader<ById<E>> for Lookup {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[ById<E>]) -> Result<HashMap<ById<E>, Arc<E::Model>>, Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = store::by_ids::<E>(&self.database, E::visible(&self.reader), &ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (ById::new(id), row)).collect())
    }
}

/// A page of the list of a parent.
pub(super) struct PageOf<E: Listed> {
    pub(super) parent: Parent,
    pub(super) list: Arc<List<E>>,
}

impl<E: Listed> Clone for PageOf<E> {
    fn clone(&self) -> Self {
        Self { parent: self.parent, list: self.list.clone() }
    }
}

impl<E: Listed> PartialEq for PageOf<E> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.list == other.list
    }
}

impl<E: Listed> Eq for PageOf<E> {}

impl<E: Listed> Hash for PageOf<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.list.hash(state);
    }
}

impl<E: Listed> Loader<PageOf<E>> for Lookup {
    type Value = Vec<Arc<E::Model>>;
    type Error = Error;

    async fn load(&self, keys: &[PageOf<E>]) -> Result<HashMap<PageOf<E>, Vec<Arc<E::Model>>>, Error> {
        let mut loaded = HashMap::with_capacity(keys.len());
        for (kind, keys) in alike(keys, |key| key.parent, |a, b| a.list == b.list) {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.parent.id).collect();
            let visible = E::visible(&self.reader);
            let mut pages = store::pages::<E>(&self.database, visible, kind, &ids, &keys[0].list).await?;
            for key in keys {
                loaded.insert(key.clone(), pages.remove(&key.parent.id).unwrap_or_default());
            }
        }
        Ok(loaded)
    }
}

/// The number of rows of a parent that a filter lets through.
pub(super) struct CountOf<E: Listed> {
    pub(super) parent: Parent,
    pub(super) filter: E::Filter,
}

impl<E: Listed> Clone for CountOf<E> {
    fn clone(&self) -> Self {
        Self { parent: self.parent, filter: self.filter.clone() }
    }
}

impl<E: Listed> PartialEq for CountOf<E> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.filter == other.filter
    }
}

impl<E: Listed> Eq for CountOf<E> {}

impl<E: Listed> Hash for CountOf<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.filter.hash(state);
    }
}

impl<E: Listed> Loader<CountOf<E>> for Lookup {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[CountOf<E>]) -> Result<HashMap<CountOf<E>, i64>, Error> {
        let mut loaded = HashMap::with_capacity(keys.len());
        for (kind, keys) in alike(keys, |key| key.parent, |a, b| a.filter == b.filter) {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.parent.id).collect();
            let visible = E::visible(&self.reader);
            let counts = store::counts::<E>(&self.database, visible, kind, &ids, &keys[0].filter).await?;
            for key in keys {
                loaded.insert(key.clone(), counts.get(&key.parent.id).copied().unwrap_or(0));
            }
        }
        Ok(loaded)
    }
}

/// Splits keys into sets that one statement can answer: parents of one kind, asked the same.
fn alike<K>(
    keys: &[K],
    parent: impl Fn(&K) -> Parent,
    same: impl Fn(&K, &K) -> bool,
) -> Vec<(ParentKind, Vec<&K>)> {
    let mut sets: Vec<(ParentKind, Vec<&K>)> = Vec::new();
    for key in keys {
        let kind = parent(key).kind;
        match sets.iter_mut().find(|(other, set)| *other == kind && same(set[0], key)) {
            Some((_, set)) => set.push(key),
            None => sets.push((kind, vec![key])),
        }
    }
    sets
}
