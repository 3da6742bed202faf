//! Which networks a list shows.

use async_graphql::InputObject;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use subgraph::Result;

use super::entity::{Column, Entity, Model, NetworkType};
use crate::list::{Filter, check_bounds};
use crate::unit::{Place, UnitStatus, contains, level};

/// Narrows a list of networks; all given conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct NetworkFilter {
    /// In one of these statuses.
    pub status: Option<Vec<UnitStatus>>,
    /// Of one of these types.
    pub network_type: Option<Vec<NetworkType>>,
    /// Name, slug or brand contain this text; the case of ASCII letters does not matter.
    pub search: Option<String>,
    /// Of this brand.
    pub brand: Option<String>,
}

impl Filter for NetworkFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.status.as_ref().map(|status| Column::Status.is_in(status.iter().copied())))
            .add_option(
                self.network_type.as_ref().map(|types| Column::NetworkType.is_in(types.iter().copied())),
            )
            .add_option(
                self.search.as_ref().map(|text| contains(&[Column::Name, Column::Code, Column::Brand], text)),
            )
            .add_option(self.brand.as_ref().map(|brand| Column::Brand.eq(brand)))
    }

    fn check(&self) -> Result<()> {
        check_bounds(
            &[self.search.as_ref(), self.brand.as_ref()],
            &[self.status.as_ref().map_or(0, Vec::len), self.network_type.as_ref().map_or(0, Vec::len)],
        )
    }
}

level!(Network, NetworkFilter, |row| Place::network(row.id), |_| None);
