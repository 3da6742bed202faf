//! Which regions a list shows.

use async_graphql::{ID, InputObject};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use subgraph::Result;
use subgraph::directory::UnitKind;

use super::entity::{Column, Entity, Model};
use crate::list::{Filter, check_bounds};
use crate::unit::{Place, UnitStatus, contains, level, uuid_of};

/// Narrows a list of regions; all given conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct RegionFilter {
    /// In one of these statuses.
    pub status: Option<Vec<UnitStatus>>,
    /// Name or code contain this text; the case of ASCII letters does not matter.
    pub search: Option<String>,
    /// With this code.
    pub code: Option<String>,
    /// In this network.
    pub network_id: Option<ID>,
}

impl Filter for RegionFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.status.as_ref().map(|status| Column::Status.is_in(status.iter().copied())))
            .add_option(self.search.as_ref().map(|text| contains(&[Column::Name, Column::Code], text)))
            .add_option(self.code.as_ref().map(|code| Column::Code.eq(code)))
            .add_option(self.network_id.as_ref().map(|id| Column::NetworkId.eq(uuid_of(id))))
    }

    fn check(&self) -> Result<()> {
        check_bounds(&[self.search.as_ref(), self.code.as_ref()], &[self.status.as_ref().map_or(0, Vec::len)])
    }
}

level!(Region, RegionFilter, |row| Place::region(row.id, row.network_id), |kind| match kind {
    UnitKind::Network => Some(Column::NetworkId),
    UnitKind::Region | UnitKind::Group | UnitKind::Location => None,
});
