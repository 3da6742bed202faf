//! Root fields and entity lookups of locations.

use async_graphql::{Context, ID, Object};
use subgraph::answers::find;
use subgraph::directory::UnitKind;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use subgraph::{Error, Result};

use super::entity::Entity;
use super::{ByCode, Location, LocationFilter};
use crate::cost::{KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, connect, unit_row};
use crate::request::ReaderContext;
use crate::unit::{UnitSort, uuid_of};

#[derive(Default)]
pub(crate) struct LocationQuery;

#[Object]
impl LocationQuery {
    /// A location by id or by code (give one of them); null when there is none that you may see.
    async fn location(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        code: Option<String>,
    ) -> Result<Option<Location>> {
        match (id, code) {
            (Some(id), None) => by_id(ctx, &id).await,
            (None, Some(code)) => by_code(ctx, code).await,
            _ => Err(Error::BadInput("give either `id` or `code`".to_owned())),
        }
    }

    /// The locations that you may see.
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
        connect(ctx, None, filter, sort.into(), Arguments { first, after, last, before }).await
    }

    #[graphql(entity)]
    async fn location_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Location>> {
        by_id(ctx, &id).await
    }

    #[graphql(entity)]
    async fn location_entity_by_code(&self, ctx: &Context<'_>, code: String) -> Result<Option<Location>> {
        by_code(ctx, code).await
    }
}

async fn by_id(ctx: &Context<'_>, id: &ID) -> Result<Option<Location>> {
    Ok(unit_row::<Entity>(ctx, uuid_of(id)).await?.map(Location::from))
}

async fn by_code(ctx: &Context<'_>, code: String) -> Result<Option<Location>> {
    if let Some(id) = find(ctx, UnitKind::Location, code.clone()).await?
        && let Some(row) = unit_row::<Entity>(ctx, id).await?
    {
        return Ok(Some(row.into()));
    }
    Ok(ctx.batch()?.load_one(ByCode(code)).await?.map(Location::from))
}
