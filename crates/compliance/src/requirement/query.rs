//! Root fields that read requirements, and the entity.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object};
use subgraph::error::Result;
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{cost, list_size};

use super::Requirement;
use super::list::{List, RequirementFilter, RequirementSort};
use super::loader::ById;
use crate::cost::{LIST, PAGE, sized, slicing};
use crate::view::ViewContext;

/// Root fields about requirements.
#[derive(Default)]
pub(crate) struct RequirementQuery;

#[Object]
impl RequirementQuery {
    /// A requirement; null when there is none with this id that you may see.
    async fn requirement(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Requirement>> {
        find(ctx, &id).await
    }

    /// Requirements on units whose compliance records you may see.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments are fields of their own")]
    async fn requirements(
        &self,
        ctx: &Context<'_>,
        filter: Option<RequirementFilter>,
        #[graphql(default)] sort: RequirementSort,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Cursor, Requirement, EmptyFields, EmptyFields>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let list = List { filter: filter.unwrap_or_default(), sort, page, deadline_up_to: None };
        Ok(list.connection(list.read(ctx.view()?).await?))
    }

    /// Requirements whose due date has passed without a review that found them met, earliest due date first.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    async fn overdue_requirements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only on this unit and the units below it.")] unit_id: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Cursor, Requirement, EmptyFields, EmptyFields>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = RequirementFilter { unit_id, overdue: Some(true), ..RequirementFilter::default() };
        let list = List { filter, sort: RequirementSort::DueDate, page, deadline_up_to: None };
        Ok(list.connection(list.read(ctx.view()?).await?))
    }

    #[graphql(entity)]
    async fn requirement_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Requirement>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Requirement>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    Ok(ctx.batches()?.requirements.load_one(ById(id)).await?.map(Requirement::from))
}
