//! Groups of locations.

pub(crate) mod entity;
mod filter;
mod input;
mod mutation;
mod query;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use subgraph::date::Date;
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use subgraph::{Error, Result};

pub use entity::GroupType;
pub(crate) use filter::GroupFilter;
pub(crate) use mutation::GroupMutation;
pub(crate) use query::GroupQuery;

use crate::cost::{AGGREGATE, FRESH, KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, Node, Parent, ParentKind, connect, unit_row};
use crate::location::{Location, LocationFilter};
use crate::membership::{Membership, MembershipFilter};
use crate::network::{Network, entity::Entity as Networks};
use crate::person::{self, Person};
use crate::region::{Region, entity::Entity as Regions};
use crate::unit::{self, FranchiseUnit, LevelRow, Place, UnitSort, UnitStatus};

/// A group of locations in a region.
pub(crate) struct Group {
    row: Arc<entity::Model>,
}

impl From<Arc<entity::Model>> for Group {
    fn from(row: Arc<entity::Model>) -> Self {
        Self { row }
    }
}

impl From<entity::Model> for Group {
    fn from(row: entity::Model) -> Self {
        Arc::new(row).into()
    }
}

impl Node for Group {
    type Entity = entity::Entity;
}

impl AsRef<entity::Model> for Group {
    fn as_ref(&self) -> &entity::Model {
        &self.row
    }
}

impl Group {
    fn place(&self) -> Place {
        self.row.place()
    }
}

/// A group of locations in a region, often those of one franchisee.
#[Object(directive = cache_control::apply(KEPT, PRIVATE, None))]
impl Group {
    /// The group's id, the same in every service.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Always `GROUP`.
    pub(crate) async fn kind(&self) -> UnitKind {
        UnitKind::Group
    }

    /// The name for people.
    pub(crate) async fn name(&self) -> &str {
        &self.row.name
    }

    /// The code for people, unique in the region.
    pub(crate) async fn code(&self) -> &str {
        &self.row.code
    }

    /// Where the group is in its life.
    pub(crate) async fn status(&self) -> UnitStatus {
        self.row.status
    }

    /// Whether the group, its region and its network are `ACTIVE`.
    pub(crate) async fn operating(&self, ctx: &Context<'_>) -> Result<bool> {
        unit::is_operating(ctx, &self.place()).await
    }

    /// IANA time zone: the group's "today" is the day in this zone.
    pub(crate) async fn time_zone(&self) -> &str {
        &self.row.time_zone
    }

    /// ISO 4217 code of the currency that the group's figures are reported in.
    pub(crate) async fn currency(&self) -> &str {
        &self.row.currency
    }

    /// Chairs in use in the group's operating locations that you may see.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn active_chairs(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.active_chairs)
    }

    /// The group's operating locations that you may see.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn location_count(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.locations)
    }

    /// The region.
    pub(crate) async fn parent(&self, ctx: &Context<'_>) -> Result<Option<FranchiseUnit>> {
        unit::parent(ctx, &self.place()).await
    }

    /// The region the group belongs to.
    async fn region(&self, ctx: &Context<'_>) -> Result<Region> {
        let row = unit_row::<Regions>(ctx, self.row.region_id).await?;
        row.map(Region::from).ok_or_else(|| Error::internal("a visible group without its region"))
    }

    /// The network the group belongs to.
    async fn network(&self, ctx: &Context<'_>) -> Result<Network> {
        let row = unit_row::<Networks>(ctx, self.row.network_id).await?;
        row.map(Network::from).ok_or_else(|| Error::internal("a visible group without its network"))
    }

    /// Why the locations form a group.
    async fn group_type(&self) -> GroupType {
        self.row.group_type
    }

    /// Who operates the locations under a franchise agreement; null when nobody does, or nobody you may see.
    async fn franchisee(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person::find(ctx, self.row.franchisee_id).await
    }

    /// The first day of business; null when not recorded.
    async fn opened_on(&self) -> Option<Date> {
        self.row.opened_on.map(Date)
    }

    /// Counts changes of the group's own data, from 1.
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

    /// The group's locations that you may see.
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
        let parent = Parent { kind: ParentKind::Unit(UnitKind::Group), id: self.row.id };
        let arguments = Arguments { first, after, last, before };
        connect(ctx, Some(parent), filter, sort.into(), arguments).await
    }

    /// Who has access to the group by a grant on it, oldest grant first: those memberships that you may see.
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
