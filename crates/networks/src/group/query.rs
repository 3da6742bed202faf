//! Root fields and entity lookups of groups.

use async_graphql::{Context, ID, Object};
use subgraph::Result;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};

use super::entity::Entity;
use super::{Group, GroupFilter};
use crate::cost::{KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, connect, unit_row};
use crate::unit::{UnitSort, uuid_of};

#[derive(Default)]
pub(crate) struct GroupQuery;

#[Object]
impl GroupQuery {
    /// A group; null when there is none that you may see.
    async fn group(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Group>> {
        by_id(ctx, &id).await
    }

    /// The groups that you may see, of all regions.
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
        connect(ctx, None, filter, sort.into(), Arguments { first, after, last, before }).await
    }

    #[graphql(entity)]
    async fn group_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Group>> {
        by_id(ctx, &id).await
    }
}

async fn by_id(ctx: &Context<'_>, id: &ID) -> Result<Option<Group>> {
    Ok(unit_row::<Entity>(ctx, uuid_of(id)).await?.map(Group::from))
}
