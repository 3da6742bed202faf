//! Integrations by id, in batches.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use sea_orm::DatabaseConnection;
use subgraph::Error;
use subgraph::caller::Scope;
use uuid::Uuid;

use super::{Integration, health, store};

/// Loads integrations in the caller's scope.
pub struct IntegrationLoader {
    database: DatabaseConnection,
    scope: Arc<Scope>,
}

impl IntegrationLoader {
    /// A loader for one request.
    pub fn new(database: DatabaseConnection, scope: Arc<Scope>) -> Self {
        Self { database, scope }
    }
}

impl Loader<Uuid> for IntegrationLoader {
    type Value = Integration;
    type Error = Error;

    async fn load(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Integration>, Error> {
        let now = health::last_full_hour();
        let rows = store::by_ids(&self.database, &self.scope, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Integration::new(row, now))).collect())
    }
}
