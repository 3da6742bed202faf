//! Batched lookups over the directory: kinds, statuses, and totals of subtrees.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use subgraph::answers::Question;
use subgraph::caller::Scope;
use subgraph::directory::{UnitKind, unit as directory};
use subgraph::{Error, Result};
use uuid::Uuid;

use super::{UnitStatus, within};
use crate::location::entity as location;
use crate::request::{Lookup, Reader};

/// What a unit of any kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KindOf(pub(crate) Uuid);

impl Loader<KindOf> for Lookup {
    type Value = UnitKind;
    type Error = Error;

    async fn load(&self, keys: &[KindOf]) -> Result<HashMap<KindOf, UnitKind>> {
        let rows: Vec<(Uuid, UnitKind)> = visible_units(&self.reader, keys.iter().map(|key| key.0))
            .select_only()
            .columns([directory::Column::Id, directory::Column::Kind])
            .into_tuple()
            .all(&self.database)
            .await?;
        Ok(rows.into_iter().map(|(id, kind)| (KindOf(id), kind)).collect())
    }
}

/// Whether a unit by itself is in business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IsActive(pub(crate) Uuid);

impl Loader<IsActive> for Lookup {
    type Value = bool;
    type Error = Error;

    async fn load(&self, keys: &[IsActive]) -> Result<HashMap<IsActive, bool>> {
        let rows: Vec<(Uuid, String)> = visible_units(&self.reader, keys.iter().map(|key| key.0))
            .select_only()
            .columns([directory::Column::Id, directory::Column::Status])
            .into_tuple()
            .all(&self.database)
            .await?;
        let active = UnitStatus::Active.as_str();
        Ok(rows.into_iter().map(|(id, status)| (IsActive(id), status == active)).collect())
    }
}

fn visible_units(reader: &Reader, ids: impl Iterator<Item = Uuid>) -> sea_orm::Select<directory::Entity> {
    directory::Entity::find()
        .filter(directory::Column::Id.is_in(ids))
        .filter(reader.units.units_and_ancestors())
}

/// The operating locations of a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TotalsOf {
    pub(crate) kind: UnitKind,
    pub(crate) id: Uuid,
}

/// Sums over the operating locations of a subtree, or of the part of it that the reader may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) locations: i64,
    pub(crate) active_chairs: i64,
}

impl Loader<TotalsOf> for Lookup {
    type Value = Totals;
    type Error = Error;

    async fn load(&self, keys: &[TotalsOf]) -> Result<HashMap<TotalsOf, Totals>> {
        let mut totals = HashMap::with_capacity(keys.len());
        for kind in [UnitKind::Network, UnitKind::Region, UnitKind::Group, UnitKind::Location] {
            let ids: Vec<Uuid> = keys.iter().filter(|key| key.kind == kind).map(|key| key.id).collect();
            if !ids.is_empty() {
                let sums = sums(&self.database, &self.reader.units, kind, ids).await?;
                totals.extend(sums.into_iter().map(|(id, sum)| (TotalsOf { kind, id }, sum)));
            }
        }
        Ok(totals)
    }
}

/// The sums of a whole subtree with a top of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TotalsBelow(pub(crate) UnitKind);

impl Question for TotalsBelow {
    type Answer = Totals;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Totals>> {
        let mut totals: HashMap<Uuid, Totals> = units.iter().map(|id| (*id, Totals::default())).collect();
        totals.extend(sums(database, scope, self.0, units.to_vec()).await?);
        Ok(totals)
    }

    fn size(_: &Totals) -> usize {
        size_of::<Totals>()
    }
}

async fn sums(
    database: &DatabaseConnection,
    scope: &Scope,
    kind: UnitKind,
    ids: Vec<Uuid>,
) -> Result<Vec<(Uuid, Totals)>> {
    let column = match kind {
        UnitKind::Network => location::Column::NetworkId,
        UnitKind::Region => location::Column::RegionId,
        UnitKind::Group => location::Column::GroupId,
        UnitKind::Location => location::Column::Id,
    };
    let chairs = location::Column::ChairsActive.sum().cast_as(Alias::new("BIGINT"));
    let rows: Vec<(Uuid, i64, i64)> = location::Entity::find()
        .filter(column.is_in(ids))
        .filter(operating())
        .filter(within(location::Column::Id, scope.units()))
        .select_only()
        .column(column)
        .expr(location::Column::Id.count())
        .expr(chairs)
        .group_by(column)
        .into_tuple()
        .all(database)
        .await?;
    let totals = |locations, active_chairs| Totals { locations, active_chairs };
    Ok(rows.into_iter().map(|(id, locations, chairs)| (id, totals(locations, chairs))).collect())
}

/// Locations that are active together with their group, region and network.
fn operating() -> Condition {
    let active = UnitStatus::Active.as_str();
    let above = [location::Column::NetworkId, location::Column::RegionId, location::Column::GroupId];
    above.into_iter().fold(
        Condition::all().add(location::Column::Status.eq(UnitStatus::Active)),
        |all, column| {
            let units = Query::select()
                .column(directory::Column::Id)
                .from(directory::Entity)
                .and_where(directory::Column::Status.eq(active))
                .and_where(directory::Column::Kind.ne(UnitKind::Location))
                .to_owned();
            all.add(column.in_subquery(units))
        },
    )
}
