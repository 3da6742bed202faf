//! Networks by slug, batched.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subgraph::{Error, Result};

use super::entity::{Column, Entity, Model};
use crate::list::Listed;
use crate::request::Lookup;

/// The network with this slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BySlug(pub(crate) String);

impl Loader<BySlug> for Lookup {
    type Value = Model;
    type Error = Error;

    async fn load(&self, keys: &[BySlug]) -> Result<HashMap<BySlug, Model>> {
        let rows = Entity::find()
            .filter(Column::Code.is_in(keys.iter().map(|key| key.0.as_str())))
            .filter(Entity::visible(&self.reader))
            .all(&self.database)
            .await?;
        Ok(rows.into_iter().map(|row| (BySlug(row.code.clone()), row)).collect())
    }
}
