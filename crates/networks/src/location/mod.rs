//! Locations: places where customers are served.

pub(crate) mod entity;
mod filter;
mod input;
mod loader;
mod mutation;
mod query;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use subgraph::date::Date;
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use subgraph::{Error, Result};

pub(crate) use filter::LocationFilter;
pub(crate) use loader::ByCode;
pub(crate) use mutation::LocationMutation;
pub(crate) use query::LocationQuery;

use crate::cost::{AGGREGATE, FRESH, KEPT, LIST, PAGE, sized, slicing};
use crate::group::{Group, entity::Entity as Groups};
use crate::list::{Arguments, Listing, Node, unit_row};
use crate::membership::{Membership, MembershipFilter};
use crate::network::{Network, entity::Entity as Networks};
use crate::person::{self, Person};
use crate::region::{Region, entity::Entity as Regions};
use crate::unit::{self, FranchiseUnit, LevelRow, Place, UnitStatus};
use crate::value::{Address, Coordinates, OpeningPeriod};

/// A place where customers are served.
pub(crate) struct Location {
    row: Arc<entity::Model>,
}

impl From<Arc<entity::Model>> for Location {
    fn from(row: Arc<entity::Model>) -> Self {
        Self { row }
    }
}

impl From<entity::Model> for Location {
    fn from(row: entity::Model) -> Self {
        Arc::new(row).into()
    }
}

impl Node for Location {
    type Entity = entity::Entity;
}

impl AsRef<entity::Model> for Location {
    fn as_ref(&self) -> &entity::Model {
        &self.row
    }
}

impl Location {
    fn place(&self) -> Place {
        self.row.place()
    }
}

/// The chairs of a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct Chairs {
    /// Chairs there are.
    pub total: i32,
    /// Chairs in use, at most all of them.
    pub active: i32,
}

/// A place where customers are served.
#[Object(directive = cache_control::apply(KEPT, PRIVATE, None))]
impl Location {
    /// The location's id, the same in every service.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Always `LOCATION`.
    pub(crate) async fn kind(&self) -> UnitKind {
        UnitKind::Location
    }

    /// The name for people.
    pub(crate) async fn name(&self) -> &str {
        &self.row.name
    }

    /// The code for people, unique on the platform.
    pub(crate) async fn code(&self) -> &str {
        &self.row.code
    }

    /// Where the location is in its life.
    pub(crate) async fn status(&self) -> UnitStatus {
        self.row.status
    }

    /// Whether the location, its group, its region and its network are `ACTIVE`.
    pub(crate) async fn operating(&self, ctx: &Context<'_>) -> Result<bool> {
        unit::is_operating(ctx, &self.place()).await
    }

    /// IANA time zone: the location's "today" is the day in this zone.
    pub(crate) async fn time_zone(&self) -> &str {
        &self.row.time_zone
    }

    /// ISO 4217 code of the currency the location trades in.
    pub(crate) async fn currency(&self) -> &str {
        &self.row.currency
    }

    /// Chairs in use; 0 while the location is not operating.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn active_chairs(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.active_chairs)
    }

    /// 1 while the location is operating, otherwise 0.
    #[graphql(directive = cost::apply(AGGREGATE))]
    pub(crate) async fn location_count(&self, ctx: &Context<'_>) -> Result<i32> {
        unit::int(unit::totals(ctx, &self.place()).await?.locations)
    }

    /// The group.
    pub(crate) async fn parent(&self, ctx: &Context<'_>) -> Result<Option<FranchiseUnit>> {
        unit::parent(ctx, &self.place()).await
    }

    /// The group the location belongs to.
    async fn group(&self, ctx: &Context<'_>) -> Result<Group> {
        let row = unit_row::<Groups>(ctx, self.row.group_id).await?;
        row.map(Group::from).ok_or_else(|| Error::internal("a visible location without its group"))
    }

    /// The region the location belongs to.
    async fn region(&self, ctx: &Context<'_>) -> Result<Region> {
        let row = unit_row::<Regions>(ctx, self.row.region_id).await?;
        row.map(Region::from).ok_or_else(|| Error::internal("a visible location without its region"))
    }

    /// The network the location belongs to.
    async fn network(&self, ctx: &Context<'_>) -> Result<Network> {
        let row = unit_row::<Networks>(ctx, self.row.network_id).await?;
        row.map(Network::from).ok_or_else(|| Error::internal("a visible location without its network"))
    }

    /// The postal address.
    async fn address(&self) -> Address {
        let row = &self.row;
        Address {
            street: row.street.clone(),
            street2: row.street2.clone(),
            city: row.city.clone(),
            subdivision: row.subdivision.clone(),
            postal_code: row.postal_code.clone(),
            country: row.country.clone(),
        }
    }

    /// Where it is on the globe; null when not recorded.
    async fn coordinates(&self) -> Option<Coordinates> {
        let (latitude, longitude) = self.row.latitude.zip(self.row.longitude)?;
        Some(Coordinates { latitude, longitude })
    }

    /// The chairs, as recorded.
    async fn chairs(&self) -> Chairs {
        Chairs { total: self.row.chairs_total, active: self.row.chairs_active }
    }

    /// When it is open in a usual week, Monday first; empty when not recorded.
    #[graphql(directive = list_size::apply(Some(7), None, None, None))]
    async fn opening_hours(&self) -> &[OpeningPeriod] {
        &self.row.opening_hours.0
    }

    /// Who owns it; null when not recorded, or nobody you may see.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person::find(ctx, self.row.owner_id).await
    }

    /// Who manages it; null when not recorded, or nobody you may see.
    async fn manager(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person::find(ctx, self.row.manager_id).await
    }

    /// The telephone number in E.164 form; null when not recorded.
    async fn phone(&self) -> Option<&str> {
        self.row.phone.as_deref()
    }

    /// The e-mail address; null when not recorded.
    async fn email(&self) -> Option<&str> {
        self.row.email.as_deref()
    }

    /// The first day of business; null when not recorded.
    async fn opened_on(&self) -> Option<Date> {
        self.row.opened_on.map(Date)
    }

    /// Counts changes of the location's own data, from 1.
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

    /// Who has access to the location by a grant on it, oldest grant first: those memberships that you may see.
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
