//! Which of the units that a request asks about its caller may see, and how up to date an answer must be.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection};
use uuid::Uuid;

use crate::caller::Scope;
use crate::directory::{UnitKind, unit};
use crate::error::{Error, Result};
use crate::loader::DataLoader;
use crate::revision::NetworkRevisions;

/// The most units of one statement: with what questions repeat of them, below the parameter limits of both
/// databases.
pub(super) const MAX_UNITS: usize = 1000;

/// A unit that the caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Sight {
    pub(super) unit: Uuid,
    pub(super) kind: UnitKind,
    /// The revision of the unit's network.
    pub(super) revision: i64,
}

/// What a request has seen.
pub(super) struct Sights {
    loader: DataLoader<Uuid, Look>,
    seen: Mutex<HashMap<Uuid, Option<Sight>>>,
}

impl Sights {
    pub(super) fn new(database: DatabaseConnection, scope: Scope) -> Self {
        Self { loader: DataLoader::new(Look { database, scope }), seen: Mutex::default() }
    }

    /// The unit at its latest revision.
    pub(super) async fn look(&self, unit: Uuid) -> Result<Option<Sight>> {
        self.loader.load_one(unit).await
    }

    /// The unit at its latest revision when the request first saw it.
    pub(super) async fn recall(&self, unit: Uuid) -> Result<Option<Sight>> {
        if let Some(seen) = self.with_seen(|seen| seen.get(&unit).copied()) {
            return Ok(seen);
        }
        let sight = self.look(unit).await?;
        self.with_seen(|seen| seen.insert(unit, sight));
        Ok(sight)
    }

    fn with_seen<T>(&self, act: impl FnOnce(&mut HashMap<Uuid, Option<Sight>>) -> T) -> T {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks in the database.
struct Look {
    database: DatabaseConnection,
    scope: Scope,
}

impl Loader<Uuid> for Look {
    type Value = Sight;
    type Error = Error;

    async fn load(&self, units: &[Uuid]) -> Result<HashMap<Uuid, Sight>> {
        let mut sights = HashMap::with_capacity(units.len());
        for units in units.chunks(MAX_UNITS) {
            for row in self.database.query_all(&statement(units, &self.scope)).await? {
                let unit = row.try_get_by_index(0)?;
                let revision: Option<i64> = row.try_get_by_index(2)?;
                let sight =
                    Sight { unit, kind: row.try_get_by_index(1)?, revision: revision.unwrap_or_default() };
                sights.insert(unit, sight);
            }
        }
        Ok(sights)
    }
}

fn statement(units: &[Uuid], scope: &Scope) -> SelectStatement {
    let network = Expr::col((unit::Entity, unit::Column::NetworkId));
    Query::select()
        .columns([unit::Column::Id, unit::Column::Kind].map(|column| (unit::Entity, column)))
        .column((NetworkRevisions::Table, NetworkRevisions::Revision))
        .from(unit::Entity)
        .join(
            JoinType::LeftJoin,
            NetworkRevisions::Table,
            network.equals((NetworkRevisions::Table, NetworkRevisions::NetworkId)),
        )
        .and_where(unit::Column::Id.is_in(units.iter().copied()))
        .cond_where(scope.units())
        .to_owned()
}
