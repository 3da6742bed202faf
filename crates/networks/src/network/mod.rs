//! Franchise networks: one brand's whole system.

pub(crate) mod entity;
mod filter;
mod input;
mod loader;
mod mutation;
mod query;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::date::Date;
use subgraph::directory::UnitKind;
use subgraph::money::Money;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};

pub use entity::NetworkType;
pub(crate) use filter::NetworkFilter;
pub(crate) use loader::BySlug;
pub(crate) use mutation::NetworkMutation;
pub(crate) use query::NetworkQuery;

use crate::cost::{AGGREGATE, FRESH, KEPT, LIST, PAGE, sized, slicing};
use crate::group::{Group, GroupFilter};
use crate::list::{Arguments, Listing, Node, Parent, ParentKind, connect};
use crate::location::{Location, LocationFilter};
use crate::membership::{Membership, MembershipFilter};
use crate::region::{Region, RegionFilter};
use crate::request::ReaderContext;
use crate::unit::{self, FranchiseUnit, LevelRow, Place, UnitSort, UnitStatus};
use crate::value::{Address, FeeStructure, percent_from_basis_points};

/// A franchise network.
pub(crate) struct Network {
    row: Arc<entity::Model>,
    /// Made in this request, so that the caller's grants do not yet reach it.
    made_by_caller: bool,
}

impl From<Arc<entity::Model>> for Network {
    fn from(row: Arc<entity::Model>) -> Self {
        Self { row, made_by_caller: false }
    }
}

impl From<entity::Model> for Network {
    fn from(row: entity::Model) -> Self {
        Arc::new(row).into()
    }
}

impl Network {
    /// A network that the caller has just founded.
    fn made(row: entity::Model) -> Self {
        Self { row: Arc::new(row), made_by_caller: true }
    }
}

impl Node for Network {
    type Entity = entity::Entity;
}

impl AsRef<entity::Model> for Network {
    fn as_ref(&self) -> &entity::Model {
        &self.row
    }
}

impl Network {
    fn place(&self) -> Place {
        self.row.place()
    }

    fn parent_of_lists(&self) -> Parent {
        Parent { kind: ParentKind::Unit(UnitKind::Network), id: self.row.id }
    }

    /// Refuses a caller who sees the network only because a part of it is theirs.
    fn reveal(&self, ctx: &Context<'_>, permission: Permission) -> Result<()> {
        if self.made_by_caller {
            return Ok(());
        }
        self.place().require(&ctx.reader()?.caller, permission)
    }
}

/// A franchise network: one brand's whole system.
///
/// Who works in a part of a network sees the network by name; fields that say so are null then, with the error
/// `FORBIDDEN`.
#[Object(directive = cache_control::apply(KEPT, PRIVATE, None))]
impl Network {
    /// The network's id, the same in every service.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Always `NETWORK`.
    pub(crate) async fn kind(&self) -> UnitKind {
        UnitKind::Network
    }

    /// The name for people.
    pub(crate) async fn name(&self) -> &str {
        &self.row.name
    }

    /// The slug.
    pub(crate) async fn code(&self) -> &str {
        &self.row.code
    }

    /// The network's name in addresses: unique on the platform, lower case.
    async fn slug(&self) -> &str {
        &self.row.code
    }

    /// Where the network is in its life.
    pub(crate) async fn status(&self) -> UnitStatus {
        self.row.status
    }

    /// Whether the network is `ACTIVE`.
    pub(crate) async fn operating(&self, ctx: &Context<'_>) -> Result<bool> {
        if self.made_by_caller {
            return Ok(self.row.status == UnitStatus::Active);
        }
        unit::is_operating(ctx, &self.place()).await
    }

    /// The IANA time zone of the headquarters: the network's "today" is the day in this zone.
    pub(crate) async fn time_zone(&self) -> &str {
        &self.row.time_zone
    }

    /// ISO 4217 code of the currency that fees and network figures are stated in.
    pub(crate) async fn currency(&self) -> &str {
        &self.row.currency
    }

    /// Chairs in use in the network's operating locations that you may see.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn active_chairs(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.active_chairs)
    }

    /// The network's operating locations that you may see.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn location_count(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.locations)
    }

    /// Always null: nothing is above a network.
    pub(crate) async fn parent(&self) -> Result<Option<FranchiseUnit>> {
        Ok(None)
    }

    /// The brand.
    async fn brand(&self) -> &str {
        &self.row.brand
    }

    /// Who owns the locations.
    async fn network_type(&self) -> NetworkType {
        self.row.network_type
    }

    /// The company behind the brand; null when you may not see the network's details.
    async fn legal_name(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        self.reveal(ctx, Permission::ReadUnits)?;
        Ok(Some(&self.row.legal_name))
    }

    /// Where head office is; null when you may not see the network's details.
    async fn headquarters(&self, ctx: &Context<'_>) -> Result<Option<Address>> {
        self.reveal(ctx, Permission::ReadUnits)?;
        let row = &self.row;
        Ok(Some(Address {
            street: row.street.clone(),
            street2: row.street2.clone(),
            city: row.city.clone(),
            subdivision: row.subdivision.clone(),
            postal_code: row.postal_code.clone(),
            country: row.country.clone(),
        }))
    }

    /// How many locations the network wants to have; null when there is no target or you may not see the
    /// network's details.
    async fn location_target(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        self.reveal(ctx, Permission::ReadUnits)?;
        Ok(self.row.location_target)
    }

    /// What franchisees pay; null when you may not see the network's figures.
    async fn fee_structure(&self, ctx: &Context<'_>) -> Result<Option<FeeStructure>> {
        self.reveal(ctx, Permission::ReadFigures)?;
        let row = &self.row;
        Ok(Some(FeeStructure {
            initial_fee: Money::new(row.initial_fee_minor, &row.currency),
            royalty_percent: percent_from_basis_points(row.royalty_basis_points),
            marketing_percent: percent_from_basis_points(row.marketing_basis_points),
            minimum_monthly_fee: Money::new(row.minimum_monthly_fee_minor, &row.currency),
        }))
    }

    /// The day the network was established; null when not recorded.
    async fn established_on(&self) -> Option<Date> {
        self.row.opened_on.map(Date)
    }

    /// Whether the network and everything in it is made up, to show the platform with.
    async fn is_demo(&self) -> bool {
        self.row.is_demo
    }

    /// Counts changes of the network's own data, from 1.
    #[graphql(directive = cache_control::apply(FRESH, None, None))]
    pub(crate) async fn version(&self) -> i32 {
        self.row.version
    }

    /// When the record was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When the record changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The network's regions that you may see.
    #[graphql(
        directive = cost::apply(LIST),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn regions(
        &self,
        ctx: &Context<'_>,
        filter: Option<RegionFilter>,
        sort: Option<UnitSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Region>> {
        let arguments = Arguments { first, after, last, before };
        connect(ctx, Some(self.parent_of_lists()), filter, sort.into(), arguments).await
    }

    /// The network's groups, of all regions, that you may see.
    #[graphql(
        directive = cost::apply(LIST),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        filter: Option<GroupFilter>,
        sort: Option<UnitSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Group>> {
        let arguments = Arguments { first, after, last, before };
        connect(ctx, Some(self.parent_of_lists()), filter, sort.into(), arguments).await
    }

    /// The network's locations, of all groups, that you may see.
    #[graphql(
        directive = cost::apply(LIST),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn locations(
        &self,
        ctx: &Context<'_>,
        filter: Option<LocationFilter>,
        sort: Option<UnitSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Location>> {
        let arguments = Arguments { first, after, last, before };
        connect(ctx, Some(self.parent_of_lists()), filter, sort.into(), arguments).await
    }

    /// Who has access to the whole network, oldest grant first: those memberships that you may see.
    #[graphql(
        directive = cost::apply(LIST),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn members(
        &self,
        ctx: &Context<'_>,
        filter: Option<MembershipFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Membership>> {
        let arguments = Arguments { first, after, last, before };
        crate::membership::of_unit(ctx, self.row.id, filter, arguments).await
    }
}
