//! Which of the units that a request asks about its caller may see, and how up to date an answer must be.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoCondition, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, QueryResult};
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

/// A kind and a code that one unit has.
type Code = (UnitKind, String);

/// What a request has seen.
pub(super) struct Sights {
    by_id: DataLoader<Uuid, Look>,
    by_code: DataLoader<Code, Look>,
    seen: Mutex<HashMap<Uuid, Option<Sight>>>,
}

impl Sights {
    pub(super) fn new(database: DatabaseConnection, scope: Scope) -> Self {
        let look = Look { database, scope };
        Self { by_id: DataLoader::new(look.clone()), by_code: DataLoader::new(look), seen: Mutex::default() }
    }

    /// The unit at its latest revision.
    pub(super) async fn look(&self, unit: Uuid) -> Result<Option<Sight>> {
        self.by_id.load_one(unit).await
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

    /// The unit with a code, of a kind whose codes are unique; at its latest revision, which counts as seen.
    pub(super) async fn find(&self, kind: UnitKind, code: String) -> Result<Option<Sight>> {
        let sight = self.by_code.load_one((kind, code)).await?;
        if let Some(sight) = sight {
            self.with_seen(|seen| {
                seen.entry(sight.unit).or_insert(Some(sight));
            });
        }
        Ok(sight)
    }

    /// Units below one that was seen are in sight with it, at the same revision.
    pub(super) fn infer(&self, above: Uuid, kind: UnitKind, units: impl Iterator<Item = Uuid>) {
        self.with_seen(|seen| {
            let Some(Some(above)) = seen.get(&above).copied() else { return };
            for unit in units {
                seen.entry(unit).or_insert(Some(Sight { unit, kind, ..above }));
            }
        });
    }

    fn with_seen<T>(&self, act: impl FnOnce(&mut HashMap<Uuid, Option<Sight>>) -> T) -> T {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks in the database.
#[derive(Clone)]
struct Look {
    database: DatabaseConnection,
    scope: Scope,
}

impl Look {
    async fn sights(&self, which: impl IntoCondition) -> Result<Vec<(Sight, String)>> {
        let rows = self.database.query_all(&statement(which, &self.scope)).await?;
        let sight = |row: &QueryResult| {
            let revision: Option<i64> = row.try_get_by_index(2)?;
            let (unit, kind) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok((Sight { unit, kind, revision: revision.unwrap_or_default() }, row.try_get_by_index(3)?))
        };
        rows.iter().map(sight).collect()
    }
}

impl Loader<Uuid> for Look {
    type Value = Sight;
    type Error = Error;

    async fn load(&self, units: &[Uuid]) -> Result<HashMap<Uuid, Sight>> {
        let mut sights = HashMap::with_capacity(units.len());
        for units in units.chunks(MAX_UNITS) {
            let found = self.sights(unit::Column::Id.is_in(units.iter().copied())).await?;
            sights.extend(found.into_iter().map(|(sight, _)| (sight.unit, sight)));
        }
        Ok(sights)
    }
}

impl Loader<Code> for Look {
    type Value = Sight;
    type Error = Error;

    async fn load(&self, codes: &[Code]) -> Result<HashMap<Code, Sight>> {
        let mut sights = HashMap::with_capacity(codes.len());
        for codes in codes.chunks(MAX_UNITS) {
            let one = |(kind, code): &Code| unit::Column::Kind.eq(*kind).and(unit::Column::Code.eq(code));
            let which = codes.iter().map(one).fold(Condition::any(), Condition::add);
            let found = self.sights(which).await?;
            sights.extend(found.into_iter().map(|(sight, code)| ((sight.kind, code), sight)));
        }
        Ok(sights)
    }
}

fn statement(which: impl IntoCondition, scope: &Scope) -> SelectStatement {
    let network = Expr::col((unit::Entity, unit::Column::NetworkId));
    Query::select()
        .columns([unit::Column::Id, unit::Column::Kind].map(|column| (unit::Entity, column)))
        .column((NetworkRevisions::Table, NetworkRevisions::Revision))
        .column((unit::Entity, unit::Column::Code))
        .from(unit::Entity)
        .join(
            JoinType::LeftJoin,
            NetworkRevisions::Table,
            network.equals((NetworkRevisions::Table, NetworkRevisions::NetworkId)),
        )
        .cond_where(which)
        .cond_where(scope.units())
        .to_owned()
}
