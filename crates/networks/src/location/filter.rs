//! Which locations a list shows.

use async_graphql::{ID, InputObject};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use subgraph::Result;
use subgraph::date::Date;
use subgraph::directory::UnitKind;

use super::entity::{Column, Entity, Model};
use crate::list::{Filter, check_bounds};
use crate::unit::{Place, UnitStatus, contains, level, uuid_of};

/// Narrows a list of locations; all given conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct LocationFilter {
    /// In one of these statuses.
    pub status: Option<Vec<UnitStatus>>,
    /// Name, code or city contain this text; the case of ASCII letters does not matter.
    pub search: Option<String>,
    /// In this city, spelled as in the address.
    pub city: Option<String>,
    /// With this postal code.
    pub postal_code: Option<String>,
    /// In this country (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// In this network.
    pub network_id: Option<ID>,
    /// In this region.
    pub region_id: Option<ID>,
    /// In this group.
    pub group_id: Option<ID>,
    /// Owned by this person.
    pub owner_id: Option<ID>,
    /// Managed by this person.
    pub manager_id: Option<ID>,
    /// Opened on this day or later.
    pub opened_from: Option<Date>,
    /// Opened on this day or earlier.
    pub opened_to: Option<Date>,
}

impl Filter for LocationFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.status.as_ref().map(|status| Column::Status.is_in(status.iter().copied())))
            .add_option(
                self.search.as_ref().map(|text| contains(&[Column::Name, Column::Code, Column::City], text)),
            )
            .add_option(self.city.as_ref().map(|city| Column::City.eq(city)))
            .add_option(self.postal_code.as_ref().map(|code| Column::PostalCode.eq(code)))
            .add_option(self.country.as_ref().map(|country| Column::Country.eq(country)))
            .add_option(self.network_id.as_ref().map(|id| Column::NetworkId.eq(uuid_of(id))))
            .add_option(self.region_id.as_ref().map(|id| Column::RegionId.eq(uuid_of(id))))
            .add_option(self.group_id.as_ref().map(|id| Column::GroupId.eq(uuid_of(id))))
            .add_option(self.owner_id.as_ref().map(|id| Column::OwnerId.eq(uuid_of(id))))
            .add_option(self.manager_id.as_ref().map(|id| Column::ManagerId.eq(uuid_of(id))))
            .add_option(self.opened_from.map(|day| Column::OpenedOn.gte(day.0)))
            .add_option(self.opened_to.map(|day| Column::OpenedOn.lte(day.0)))
    }

    fn check(&self) -> Result<()> {
        let texts =
            [self.search.as_ref(), self.city.as_ref(), self.postal_code.as_ref(), self.country.as_ref()];
        check_bounds(&texts, &[self.status.as_ref().map_or(0, Vec::len)])
    }
}

level!(
    Location,
    LocationFilter,
    |row| Place::location(row.id, row.network_id, row.region_id, row.group_id),
    |kind| match kind {
        UnitKind::Network => Some(Column::NetworkId),
        UnitKind::Region => Some(Column::RegionId),
        UnitKind::Group => Some(Column::GroupId),
        UnitKind::Location => None,
    }
);
