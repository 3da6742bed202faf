//! The health of all integrations of units.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, IntoIden, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use subgraph::answers::Question;
use subgraph::caller::Scope;
use subgraph::directory::unit;
use subgraph::sdl::directives::cache_control;
use subgraph::{Error, Result};
use uuid::Uuid;

use crate::integration::entity::{self as integration, IntegrationStatus};
use crate::integration::health::{last_full_hour, mean, parts_in_sql};

/// How well a unit's integrations work.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub struct IntegrationHealth {
    /// The mean of their health scores, 0 (all broken) to 100; null when there are none.
    pub score: Option<f64>,
    /// How many there are.
    pub total: i32,
    /// How many are in each state that occurs.
    #[graphql(directive = subgraph::sdl::directives::list_size::apply(Some(3), None, None, None))]
    pub by_status: Vec<IntegrationStatusCount>,
}

/// How many integrations are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub struct IntegrationStatusCount {
    /// The state.
    pub status: IntegrationStatus,
    /// How many.
    pub count: i32,
}

/// The health of a unit's integrations and those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct HealthAt {
    /// The moment, in seconds since the epoch.
    now: i64,
}

#[derive(FromQueryResult)]
struct Row {
    owner: Uuid,
    status: IntegrationStatus,
    total: i64,
    parts: i64,
}

impl HealthAt {
    /// As scores are taken now.
    pub(super) fn last_full_hour() -> Self {
        Self { now: last_full_hour() }
    }

    fn totals(&self, scope: &Scope, units: &[Uuid]) -> SelectStatement {
        Query::select()
            .expr_as(Expr::col(("owner", unit::Column::Id)), "owner")
            .expr_as(Expr::col((integration::Entity, integration::Column::Status)), "status")
            .expr_as(Expr::col((integration::Entity, integration::Column::Id)).count(), "total")
            // PostgreSQL sums 64-bit integers as numeric.
            .expr_as(
                Expr::from(Func::sum(parts_in_sql(self.now))).cast_as(Alias::new("bigint").into_iden()),
                "parts",
            )
            .from_as(unit::Entity, "owner")
            .inner_join(integration::Entity, belongs_to_subtree())
            .inner_join(
                unit::Entity,
                Expr::col((unit::Entity, unit::Column::Id))
                    .equals((integration::Entity, integration::Column::UnitId)),
            )
            .and_where(Expr::col(("owner", unit::Column::Id)).is_in(units.iter().copied()))
            .cond_where(in_subtree())
            .cond_where(scope.units())
            .add_group_by([
                Expr::col(("owner", unit::Column::Id)),
                Expr::col((integration::Entity, integration::Column::Status)),
            ])
            .to_owned()
    }
}

/// Narrows the join to the owner's network, where the index helps.
fn belongs_to_subtree() -> Condition {
    Condition::all().add(
        Expr::col((integration::Entity, integration::Column::NetworkId))
            .equals((Alias::new("owner"), unit::Column::NetworkId)),
    )
}

/// Restricts rows of a join of `owner`, `integrations` and `directory_units` (the connected unit) to connected
/// units at or below the owner.
pub(super) fn in_subtree() -> Condition {
    let owner = || Expr::col(("owner", unit::Column::Id));
    [unit::Column::Id, unit::Column::NetworkId, unit::Column::RegionId, unit::Column::GroupId]
        .into_iter()
        .fold(Condition::any(), |any, column| any.add(owner().equals((unit::Entity, column))))
}

/// The units among these that are in scope.
pub(super) async fn visible(
    connection: &DatabaseConnection,
    scope: &Scope,
    units: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Uuid>> {
    use sea_orm::ColumnTrait;
    Ok(unit::Entity::find()
        .select_only()
        .column(unit::Column::Id)
        .filter(unit::Column::Id.is_in(units))
        .filter(scope.units())
        .into_tuple()
        .all(connection)
        .await?)
}

impl Question for HealthAt {
    type Answer = IntegrationHealth;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, IntegrationHealth>> {
        let mut sums: HashMap<Uuid, (i64, IntegrationHealth)> = units
            .iter()
            .map(|id| (*id, (0, IntegrationHealth { score: None, total: 0, by_status: Vec::new() })))
            .collect();
        for row in database.query_all(&self.totals(scope, units)).await? {
            let row = Row::from_query_result(&row, "")?;
            let Some((parts, health)) = sums.get_mut(&row.owner) else { continue };
            let count = i32::try_from(row.total).map_err(Error::internal)?;
            *parts += row.parts;
            health.total += count;
            health.by_status.push(IntegrationStatusCount { status: row.status, count });
        }
        Ok(sums.into_iter().map(|(unit, (parts, health))| (unit, finish(parts, health))).collect())
    }

    fn size(health: &IntegrationHealth) -> usize {
        size_of::<IntegrationHealth>() + health.by_status.capacity() * size_of::<IntegrationStatusCount>()
    }
}

fn finish(parts: i64, mut health: IntegrationHealth) -> IntegrationHealth {
    use sea_orm::Iterable;
    let place = |status| IntegrationStatus::iter().position(|known| known == status);
    health.by_status.sort_by_key(|entry| place(entry.status));
    health.score = (health.total > 0).then(|| mean(parts, health.total.into()));
    health
}
