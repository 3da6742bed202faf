//! Root fields and entity lookups of networks.

use async_graphql::{Context, ID, Object};
use subgraph::answers::find;
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use subgraph::{Error, Result};

use super::entity::Entity;
use super::{BySlug, Network, NetworkFilter};
use crate::cost::{KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, connect, unit_row};
use crate::request::ReaderContext;
use crate::unit::{UnitSort, uuid_of};

#[derive(Default)]
pub(crate) struct NetworkQuery;

#[Object]
impl NetworkQuery {
    /// A network by id or by slug (give one of them); null when there is none that you may see.
    async fn network(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        slug: Option<String>,
    ) -> Result<Option<Network>> {
        match (id, slug) {
            (Some(id), None) => by_id(ctx, &id).await,
            (None, Some(slug)) => by_slug(ctx, slug).await,
            _ => Err(Error::BadInput("give either `id` or `slug`".to_owned())),
        }
    }

    /// The networks that you may see.
    #[graphql(
        directive = cost::apply(LIST),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn networks(
        &self,
        ctx: &Context<'_>,
        filter: Option<NetworkFilter>,
        sort: Option<UnitSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Network>> {
        connect(ctx, None, filter, sort.into(), Arguments { first, after, last, before }).await
    }

    #[graphql(entity)]
    async fn network_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Network>> {
        by_id(ctx, &id).await
    }

    #[graphql(entity)]
    async fn network_entity_by_slug(&self, ctx: &Context<'_>, slug: String) -> Result<Option<Network>> {
        by_slug(ctx, slug).await
    }
}

async fn by_id(ctx: &Context<'_>, id: &ID) -> Result<Option<Network>> {
    Ok(unit_row::<Entity>(ctx, uuid_of(id)).await?.map(Network::from))
}

async fn by_slug(ctx: &Context<'_>, slug: String) -> Result<Option<Network>> {
    if let Some(id) = find(ctx, UnitKind::Network, slug.clone()).await?
        && let Some(row) = unit_row::<Entity>(ctx, id).await?
    {
        return Ok(Some(row.into()));
    }
    Ok(ctx.batch()?.load_one(BySlug(slug)).await?.map(Network::from))
}
