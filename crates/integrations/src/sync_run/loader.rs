//! The latest runs of integrations, in batches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult};
use subgraph::Error;
use subgraph::caller::Scope;
use uuid::Uuid;

use super::SyncRun;
use super::entity::{Column, Entity, Model};
use crate::integration::entity as integration;

/// Loads the latest runs of integrations in the caller's scope; the key is the integration and how many.
pub struct RunLoader {
    database: DatabaseConnection,
    scope: Arc<Scope>,
}

impl RunLoader {
    /// A loader for one request.
    pub fn new(database: DatabaseConnection, scope: Arc<Scope>) -> Self {
        Self { database, scope }
    }

    /// One statement: runs numbered per integration, newest first, up to a number.
    fn latest(&self, integrations: &[Uuid], count: i32) -> SelectStatement {
        let newest = WindowStatement::partition_by((Entity, Column::IntegrationId))
            .order_by((Entity, Column::StartedAt), Order::Desc)
            .order_by((Entity, Column::Id), Order::Desc)
            .to_owned();
        let numbered = Query::select()
            .column((Entity, Asterisk))
            .expr_window_as(Expr::cust("ROW_NUMBER()"), newest, "position")
            .from(Entity)
            .inner_join(
                integration::Entity,
                Expr::col((integration::Entity, integration::Column::Id))
                    .equals((Entity, Column::IntegrationId)),
            )
            .and_where(Expr::col((Entity, Column::IntegrationId)).is_in(integrations.iter().copied()))
            .cond_where(self.scope.rows(
                (integration::Entity, integration::Column::NetworkId),
                (integration::Entity, integration::Column::UnitId),
            ))
            .to_owned();
        Query::select()
            .column(Asterisk)
            .from_subquery(numbered, "numbered")
            .and_where(Expr::col("position").lte(count))
            .order_by("position", Order::Asc)
            .to_owned()
    }
}

impl Loader<(Uuid, i32)> for RunLoader {
    type Value = Vec<SyncRun>;
    type Error = Error;

    async fn load(&self, keys: &[(Uuid, i32)]) -> Result<HashMap<(Uuid, i32), Vec<SyncRun>>, Error> {
        let mut by_count: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
        for (integration, count) in keys {
            by_count.entry(*count).or_default().push(*integration);
        }
        let mut runs: HashMap<_, Vec<SyncRun>> = HashMap::new();
        for (count, integrations) in by_count {
            for row in self.database.query_all(&self.latest(&integrations, count)).await? {
                let row = Model::from_query_result(&row, "")?;
                runs.entry((row.integration_id, count)).or_default().push(row.into());
            }
        }
        Ok(runs)
    }
}
