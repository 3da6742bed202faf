//! Root fields and entity lookups of regions.

use async_graphql::{Context, ID, Object};
use subgraph::Result;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};

use super::entity::Entity;
use super::{Region, RegionFilter};
use crate::cost::{KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, connect, unit_row};
use crate::unit::{UnitSort, uuid_of};

#[derive(Default)]
pub(crate) struct RegionQuery;

#[Object]
impl RegionQuery {
    /// A region; null when there is none that you may see.
    async fn region(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Region>> {
        by_id(ctx, &id).await
    }

    /// The regions that you may see, of all networks.
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
        connect(ctx, None, filter, sort.into(), Arguments { first, after, last, before }).await
    }

    #[graphql(entity)]
    async fn region_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Region>> {
        by_id(ctx, &id).await
    }
}

async fn by_id(ctx: &Context<'_>, id: &ID) -> Result<Option<Region>> {
    Ok(unit_row::<Entity>(ctx, uuid_of(id)).await?.map(Region::from))
}
