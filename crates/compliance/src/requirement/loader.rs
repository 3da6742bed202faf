//! Requirements in batches: by id, and pages for many units.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use subgraph::error::{Error, Result};
use uuid::Uuid;

use super::list::{List, by_ids};
use super::state::State;
use crate::view::View;

/// A requirement by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ById(pub(crate) Uuid);

impl Loader<ById> for View {
    type Value = State;
    type Error = Error;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, State>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let states = by_ids(&self.database, self, &ids).await?;
        Ok(states.into_iter().map(|state| (ById(state.row.id), state)).collect())
    }
}

/// A page of the requirements on a unit and below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageOf {
    pub(crate) unit: Uuid,
    pub(crate) list: Arc<List>,
}

impl Loader<PageOf> for View {
    type Value = Vec<State>;
    type Error = Error;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Vec<State>>> {
        let mut alike: HashMap<Arc<List>, Vec<Uuid>> = HashMap::new();
        for key in keys {
            alike.entry(key.list.clone()).or_default().push(key.unit);
        }
        let mut pages = HashMap::new();
        for (list, units) in alike {
            for (unit, page) in list.read_each(self, &units).await? {
                pages.insert(PageOf { unit, list: list.clone() }, page);
            }
        }
        Ok(pages)
    }
}
