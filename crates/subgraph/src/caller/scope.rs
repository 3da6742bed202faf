//! The units a caller may touch, as SQL.

use sea_orm::sea_query::{Condition, Expr, IntoColumnRef, Query};
use sea_orm::{ColumnTrait, ExprTrait};
use uuid::Uuid;

use crate::directory::{UnitKind, unit};

/// A union of subtrees, each given by its top unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    networks: Vec<Uuid>,
    regions: Vec<Uuid>,
    groups: Vec<Uuid>,
    locations: Vec<Uuid>,
}

impl Scope {
    /// Adds the subtree below (and with) a unit.
    pub fn add(&mut self, kind: UnitKind, unit: Uuid) {
        let units = match kind {
            UnitKind::Network => &mut self.networks,
            UnitKind::Region => &mut self.regions,
            UnitKind::Group => &mut self.groups,
            UnitKind::Location => &mut self.locations,
        };
        if !units.contains(&unit) {
            units.push(unit);
        }
    }

    /// Whether nothing is in scope.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
            && self.regions.is_empty()
            && self.groups.is_empty()
            && self.locations.is_empty()
    }

    /// Restricts rows of [`crate::directory::unit`] to units in scope. An empty scope matches nothing.
    pub fn units(&self) -> Condition {
        Condition::any()
            .add(unit::Column::NetworkId.is_in(self.networks.iter().copied()))
            .add(unit::Column::RegionId.is_in(self.regions.iter().copied()))
            .add(unit::Column::GroupId.is_in(self.groups.iter().copied()))
            .add(unit::Column::Id.is_in(self.locations.iter().copied()))
    }

    /// Restricts rows of [`crate::directory::unit`] to units in scope and the units above them: whoever works
    /// in a location may know which group, region and network it belongs to.
    pub fn units_and_ancestors(&self) -> Condition {
        let mut condition = self.units();
        for column in [unit::Column::NetworkId, unit::Column::RegionId, unit::Column::GroupId] {
            let above = Query::select()
                .column(column)
                .from(unit::Entity)
                .cond_where(self.units())
                .and_where(column.is_not_null())
                .to_owned();
            condition = condition.add(unit::Column::Id.in_subquery(above));
        }
        condition
    }

    /// Restricts rows of any table that carries `network_id` and the id of a unit.
    pub fn rows<N, U>(&self, network_id: N, unit_id: U) -> Condition
    where
        N: IntoColumnRef,
        U: IntoColumnRef,
    {
        let mut condition = Condition::any().add(Expr::col(network_id).is_in(self.networks.iter().copied()));
        if !(self.regions.is_empty() && self.groups.is_empty() && self.locations.is_empty()) {
            let below = Self { networks: Vec::new(), ..self.clone() };
            let units = Query::select()
                .column(unit::Column::Id)
                .from(unit::Entity)
                .cond_where(below.units())
                .to_owned();
            condition = condition.add(Expr::col(unit_id).in_subquery(units));
        }
        condition
    }
}
