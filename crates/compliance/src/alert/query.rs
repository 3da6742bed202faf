//! Root fields that read alerts.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Object};
use subgraph::error::Result;
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{cost, list_size};

use super::Alert;
use super::list::{AlertFilter, AlertList};
use crate::cost::{LIST, PAGE, sized, slicing};
use crate::view::ViewContext;

/// Root fields about alerts.
#[derive(Default)]
pub(crate) struct AlertQuery;

#[Object]
impl AlertQuery {
    /// Alerts about units whose compliance records you may see: most severe first, then the longest standing.
    #[graphql(directive = cost::apply(LIST), directive = list_size::apply(PAGE, slicing(), sized(), Some(false)))]
    async fn compliance_alerts(
        &self,
        ctx: &Context<'_>,
        filter: Option<AlertFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<Cursor, Alert, EmptyFields, EmptyFields>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let list = AlertList { filter: filter.unwrap_or_default(), page };
        Ok(list.connection(list.read(ctx.view()?).await?))
    }
}
