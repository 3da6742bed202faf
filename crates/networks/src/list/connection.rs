//! Lists as Relay connections.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, OutputType};
use futures::future::BoxFuture;
use sea_orm::EntityTrait;
use subgraph::Result;
use subgraph::money::Long;
use subgraph::page::{Cursor, Page};
use subgraph::service::RequestContext;

use super::loader::CountOf;
use super::{Filter, List, Listed, Parent, Sort, remembered, store};
use crate::request::ReaderContext;

/// A connection of rows of a table.
pub(crate) type Listing<T> = Connection<Cursor, T, Counted>;

/// The four Relay arguments as they came.
pub(crate) struct Arguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

impl Arguments {
    fn page(&self) -> Result<Page> {
        Page::new(self.first, self.after.as_deref(), self.last, self.before.as_deref())
    }
}

/// A GraphQL object made of a row.
pub(crate) trait Node:
    OutputType + From<Arc<<Self::Entity as EntityTrait>::Model>> + AsRef<<Self::Entity as EntityTrait>::Model>
{
    /// The row's table.
    type Entity: Listed;
}

/// What a connection says about the whole list.
pub(crate) struct Counted(Box<dyn Count>);

#[Object]
impl Counted {
    /// How many items the whole list has. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Long> {
        self.0.count(ctx).await.map(Long)
    }
}

/// A list of any table, as far as it can be counted.
trait Count: Send + Sync {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>>;
}

impl<E: Listed> Count for CountOf<E> {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move { Ok(ctx.batch()?.load_one(self.clone()).await?.unwrap_or(0)) })
    }
}

/// A whole table.
struct CountAll<E: Listed>(E::Filter);

impl<E: Listed> Count for CountAll<E> {
    fn count<'a>(&'a self, ctx: &'a Context<'_>) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move { store::count::<E>(ctx.database()?, E::visible(ctx.reader()?), &self.0).await })
    }
}

/// A page of a list: of the whole table, or of a parent's rows together with those of all parents that are
/// asked the same in this request.
pub(crate) async fn connect<T: Node>(
    ctx: &Context<'_>,
    parent: Option<Parent>,
    filter: Option<<T::Entity as Listed>::Filter>,
    sort: Sort,
    arguments: Arguments,
) -> Result<Listing<T>> {
    let filter = filter.unwrap_or_default();
    filter.check()?;
    let list = Arc::new(List::<T::Entity> { filter: filter.clone(), sort, page: arguments.page()? });
    let rows = match parent {
        None => store::page::<T::Entity>(ctx.database()?, T::Entity::visible(ctx.reader()?), &list).await?,
        Some(parent) => remembered::page(ctx, parent, &list).await?,
    };
    let items: Vec<T> = rows.into_iter().map(T::from).collect();
    let page = list.page.connection(items, |item: &T| sort.cursor(item.as_ref()));
    let counted = Counted(match parent {
        None => Box::new(CountAll::<T::Entity>(filter)),
        Some(parent) => Box::new(CountOf::<T::Entity> { parent, filter }),
    });
    let mut connection =
        Connection::with_additional_fields(page.has_previous_page, page.has_next_page, counted);
    connection.edges = page.edges;
    Ok(connection)
}
