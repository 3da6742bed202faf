//! What networks, regions, groups and locations have in common: the interface `FranchiseUnit`.

pub(crate) mod input;
mod level;
mod loader;
mod mutation;
mod place;
mod query;
mod status;
mod subscription;
pub(crate) mod suspension;

use async_graphql::{Context, ID, Interface};
use futures::future::try_join_all;
use subgraph::Result;
use subgraph::answers::{self, ask};
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::{PRIVATE, cache_control};
use uuid::Uuid;

pub(crate) use level::UnitSort;
pub(crate) use level::{LevelRow, TEXTS, contains, level, sort_by, sort_text, uuid_of, visible, within};
pub(crate) use loader::Totals;
pub(crate) use mutation::UnitMutation;
pub(crate) use place::{Place, kind_name};
pub(crate) use query::UnitQuery;
pub use status::UnitStatus;
pub(crate) use subscription::{Happening, UnitChangeQuery, UnitSubscription};

use crate::cost::{FRESH, KEPT};
use crate::group::{self, Group};
use crate::list::unit_row;
use crate::location::{self, Location};
use crate::network::{self, Network};
use crate::region::{self, Region};
use crate::request::ReaderContext;
use loader::{IsActive, KindOf, TotalsBelow, TotalsOf};

/// A network, region, group or location.
#[derive(Interface)]
#[graphql(
    directive = cache_control::apply(KEPT, PRIVATE, None),
    field(name = "id", ty = "ID", desc = "The unit's id, the same in every service."),
    field(name = "kind", ty = "UnitKind", desc = "The level of the tree."),
    field(name = "name", ty = "&str", desc = "The name for people."),
    field(
        name = "code",
        ty = "&str",
        desc = "The code for people: a network's slug, a region's, group's or location's code."
    ),
    field(name = "status", ty = "UnitStatus", desc = "Where the unit is in its life."),
    field(
        name = "operating",
        ty = "Result<bool>",
        desc = "Whether the unit and every unit above it is `ACTIVE`."
    ),
    field(name = "time_zone", ty = "&str", desc = "IANA time zone: \"today\" is the day in this zone."),
    field(
        name = "currency",
        ty = "&str",
        desc = "ISO 4217 code. A location's own; above, the currency that figures are reported in."
    ),
    field(
        name = "active_chairs",
        ty = "Result<i32>",
        desc = "Chairs in use in the operating locations at or below this unit that you may see."
    ),
    field(
        name = "location_count",
        ty = "Result<i32>",
        desc = "Operating locations at or below this unit that you may see."
    ),
    field(
        name = "parent",
        ty = "Result<Option<FranchiseUnit>>",
        desc = "The unit directly above; null for a network."
    ),
    field(
        name = "version",
        ty = "i32",
        directive = cache_control::apply(FRESH, None, None),
        desc = "Counts changes of the unit's own data, from 1."
    )
)]
pub(crate) enum FranchiseUnit {
    /// A brand's whole system.
    Network(Network),
    /// A region of a network.
    Region(Region),
    /// A group of locations in a region.
    Group(Group),
    /// A place where customers are served.
    Location(Location),
}

/// The unit with this id, if the caller may see it; of any kind.
pub(crate) async fn find(ctx: &Context<'_>, id: Uuid) -> Result<Option<FranchiseUnit>> {
    let kind = match answers::kind(ctx, id).await? {
        Some(kind) => Some(kind),
        None => ctx.batch()?.load_one(KindOf(id)).await?,
    };
    match kind {
        Some(kind) => of_kind(ctx, kind, id).await,
        None => Ok(None),
    }
}

/// The unit of this kind with this id, if the caller may see it.
pub(crate) async fn of_kind(ctx: &Context<'_>, kind: UnitKind, id: Uuid) -> Result<Option<FranchiseUnit>> {
    Ok(match kind {
        UnitKind::Network => {
            let row = unit_row::<network::entity::Entity>(ctx, id).await?;
            row.map(|row| FranchiseUnit::Network(row.into()))
        }
        UnitKind::Region => {
            let row = unit_row::<region::entity::Entity>(ctx, id).await?;
            row.map(|row| FranchiseUnit::Region(row.into()))
        }
        UnitKind::Group => {
            let row = unit_row::<group::entity::Entity>(ctx, id).await?;
            row.map(|row| FranchiseUnit::Group(row.into()))
        }
        UnitKind::Location => {
            let row = unit_row::<location::entity::Entity>(ctx, id).await?;
            row.map(|row| FranchiseUnit::Location(row.into()))
        }
    })
}

/// The unit directly above.
pub(crate) async fn parent(ctx: &Context<'_>, place: &Place) -> Result<Option<FranchiseUnit>> {
    match place.parent() {
        Some((kind, id)) => of_kind(ctx, kind, id).await,
        None => Ok(None),
    }
}

/// Sums over the operating locations at or below a unit: those of whoever sees all of it are remembered, those of
/// who sees it only because a part of it is theirs are not.
pub(crate) async fn totals(ctx: &Context<'_>, place: &Place) -> Result<Totals> {
    if let Some(totals) = ask(ctx, TotalsBelow(place.kind), place.id).await? {
        return Ok(totals);
    }
    let key = TotalsOf { kind: place.kind, id: place.id };
    Ok(ctx.batch()?.load_one(key).await?.unwrap_or_default())
}

/// Whether a unit and every unit above it is active.
pub(crate) async fn is_operating(ctx: &Context<'_>, place: &Place) -> Result<bool> {
    let batch = ctx.batch()?;
    let active = try_join_all(place.path().map(|id| batch.load_one(IsActive(id)))).await?;
    Ok(active.into_iter().all(|active| active == Some(true)))
}

/// A sum as a GraphQL `Int`.
pub(crate) fn int(sum: i64) -> Result<i32> {
    i32::try_from(sum).map_err(subgraph::Error::internal)
}
