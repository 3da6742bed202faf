//! Where a unit is in the tree, as far as the caller may know.

use std::collections::HashMap;

use async_graphql::ID;
use async_graphql::dataloader::Loader;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subgraph::directory::unit;
use subgraph::error::{Error, Result};
use uuid::Uuid;

use crate::view::View;

/// A unit in the caller's scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place(pub(crate) Uuid);

impl Loader<Place> for View {
    type Value = unit::Model;
    type Error = Error;

    async fn load(&self, keys: &[Place]) -> Result<HashMap<Place, unit::Model>> {
        let units = unit::Entity::find()
            .filter(unit::Column::Id.is_in(keys.iter().map(|key| key.0)))
            .filter(self.scope.units())
            .all(&self.database)
            .await?;
        Ok(units.into_iter().map(|unit| (Place(unit.id), unit)).collect())
    }
}

/// Reads an id from a client.
///
/// # Errors
/// [`Error::BadInput`] when it is not one.
pub(crate) fn parse_id(id: &ID, name: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::BadInput(format!("`{name}` is not an id this graph gave out")))
}
