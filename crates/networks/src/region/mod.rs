//! Regions of a network.

pub(crate) mod entity;
mod filter;
mod input;
mod mutation;
mod query;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use subgraph::caller::Permission;
use subgraph::date::Date;
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use subgraph::{Error, Result};

pub use entity::Jurisdiction;
pub(crate) use filter::RegionFilter;
pub(crate) use mutation::RegionMutation;
pub(crate) use query::RegionQuery;

use crate::cost::{AGGREGATE, FRESH, KEPT, LIST, PAGE, sized, slicing};
use crate::group::{Group, GroupFilter};
use crate::list::{Arguments, Listing, Node, Parent, ParentKind, connect, unit_row};
use crate::location::{Location, LocationFilter};
use crate::membership::{Membership, MembershipFilter};
use crate::network::{Network, entity::Entity as Networks};
use crate::request::ReaderContext;
use crate::unit::{self, FranchiseUnit, LevelRow, Place, UnitSort, UnitStatus};
use crate::value::Coordinates;

/// A region of a network.
pub(crate) struct Region {
    row: Arc<entity::Model>,
}

impl From<Arc<entity::Model>> for Region {
    fn from(row: Arc<entity::Model>) -> Self {
        Self { row }
    }
}

impl From<entity::Model> for Region {
    fn from(row: entity::Model) -> Self {
        Arc::new(row).into()
    }
}

impl Node for Region {
    type Entity = entity::Entity;
}

impl AsRef<entity::Model> for Region {
    fn as_ref(&self) -> &entity::Model {
        &self.row
    }
}

impl Region {
    fn place(&self) -> Place {
        self.row.place()
    }

    fn parent_of_lists(&self) -> Parent {
        Parent { kind: ParentKind::Unit(UnitKind::Region), id: self.row.id }
    }

    fn reveal(&self, ctx: &Context<'_>) -> Result<()> {
        self.place().require(&ctx.reader()?.caller, Permission::ReadUnits)
    }
}

/// The area a region covers.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct Territory {
    /// Postal codes, sorted; empty when the territory is not given by postal codes.
    pub postal_codes: Vec<String>,
    /// Corners of a polygon, in order, the last one joined to the first; null when there is none.
    #[graphql(directive = list_size::apply(Some(20), None, None, None))]
    pub polygon: Option<Vec<Coordinates>>,
}

/// A region of a network.
///
/// Who works in a part of a region sees the region by name; fields that say so are null then, with the error
/// `FORBIDDEN`.
#[Object(directive = cache_control::apply(KEPT, PRIVATE, None))]
impl Region {
    /// The region's id, the same in every service.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Always `REGION`.
    pub(crate) async fn kind(&self) -> UnitKind {
        UnitKind::Region
    }

    /// The name for people.
    pub(crate) async fn name(&self) -> &str {
        &self.row.name
    }

    /// The code for people, unique in the network.
    pub(crate) async fn code(&self) -> &str {
        &self.row.code
    }

    /// Where the region is in its life.
    pub(crate) async fn status(&self) -> UnitStatus {
        self.row.status
    }

    /// Whether the region and its network are `ACTIVE`.
    pub(crate) async fn operating(&self, ctx: &Context<'_>) -> Result<bool> {
        unit::is_operating(ctx, &self.place()).await
    }

    /// IANA time zone: the region's "today" is the day in this zone.
    pub(crate) async fn time_zone(&self) -> &str {
        &self.row.time_zone
    }

    /// ISO 4217 code of the currency that the region's figures are reported in.
    pub(crate) async fn currency(&self) -> &str {
        &self.row.currency
    }

    /// Chairs in use in the region's operating locations that you may see.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn active_chairs(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.active_chairs)
    }

    /// The region's operating locations that you may see.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn location_count(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.locations)
    }

    /// The network.
    pub(crate) async fn parent(&self, ctx: &Context<'_>) -> Result<Option<FranchiseUnit>> {
        unit::parent(ctx, &self.place()).await
    }

    /// The network the region belongs to.
    async fn network(&self, ctx: &Context<'_>) -> Result<Network> {
        let row = unit_row::<Networks>(ctx, self.row.network_id).await?;
        row.map(Network::from).ok_or_else(|| Error::internal("a visible region without its network"))
    }

    /// The bodies of law the region is under.
    async fn jurisdictions(&self) -> &[Jurisdiction] {
        &self.row.jurisdictions.0
    }

    /// The names of the most important markets, most important first; null when you may not see the region's
    /// details.
    async fn primary_markets(&self, ctx: &Context<'_>) -> Result<Option<&[String]>> {
        self.reveal(ctx)?;
        Ok(Some(&self.row.primary_markets.0))
    }

    /// The area the region covers; null when none is recorded or you may not see the region's details.
    async fn territory(&self, ctx: &Context<'_>) -> Result<Option<Territory>> {
        self.reveal(ctx)?;
        let stored = &self.row.territory;
        let polygon = (!stored.polygon.is_empty()).then(|| stored.polygon.clone());
        if stored.postal_codes.is_empty() && polygon.is_none() {
            return Ok(None);
        }
        Ok(Some(Territory { postal_codes: stored.postal_codes.clone(), polygon }))
    }

    /// How many locations the region is to have; null when there is no target or you may not see the region's
    /// details.
    async fn location_target(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        self.reveal(ctx)?;
        Ok(self.row.location_target)
    }

    /// The first day of business; null when not recorded.
    async fn opened_on(&self) -> Option<Date> {
        self.row.opened_on.map(Date)
    }

    /// Counts changes of the region's own data, from 1.
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

    /// The region's groups that you may see.
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

    /// The region's locations, of all groups, that you may see.
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

    /// Who has access to the region by a grant on it, oldest grant first: those memberships that you may see.
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
