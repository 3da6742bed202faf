//! The statements behind every list. Each carries the condition that says which rows may be seen.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Alias, Condition, Expr, Query, WindowStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use subgraph::{Error, Result};
use uuid::Uuid;

use super::{Filter, List, Listed, ParentKind, Row, Sort};

/// The rows with these ids, of those that may be seen.
pub(super) async fn by_ids<E: Listed>(
    connection: &impl ConnectionTrait,
    visible: Condition,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Arc<E::Model>>> {
    let rows = E::find().filter(E::id().is_in(ids.iter().copied())).filter(visible).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id(), Arc::new(row))).collect())
}

/// One page of a list, from the end it starts at, with one row more than asked when there is one.
pub(super) async fn page<E: Listed>(
    connection: &impl ConnectionTrait,
    visible: Condition,
    list: &List<E>,
) -> Result<Vec<Arc<E::Model>>> {
    let select = listed::<E>(visible, &list.filter).filter(list.sort.between::<E>(&list.page)?);
    let select = ordered::<E>(select, list.sort, list.page.backwards);
    let rows = select.limit(list.page.rows()).all(connection).await?;
    Ok(rows.into_iter().map(Arc::new).collect())
}

/// The same for each of many parents, in one statement.
pub(super) async fn pages<E: Listed>(
    connection: &impl ConnectionTrait,
    visible: Condition,
    kind: ParentKind,
    parents: &[Uuid],
    list: &List<E>,
) -> Result<HashMap<Uuid, Vec<Arc<E::Model>>>> {
    let parent = parent_column::<E>(kind)?;
    let order = list.sort.order(list.page.backwards);
    let mut window = WindowStatement::partition_by((E::default(), parent));
    if let Some(key) = E::sort_by(list.sort.key) {
        window.order_by_expr(key, order.clone());
    }
    window.order_by((E::default(), E::id()), order);
    let rank = Alias::new("rank");
    let mut ranked = listed::<E>(visible, &list.filter)
        .filter(list.sort.between::<E>(&list.page)?)
        .filter(parent.is_in(parents.iter().copied()))
        .select_only()
        .column(E::id())
        .into_query();
    ranked.expr_window_as(Expr::cust("ROW_NUMBER()"), window, rank.clone());
    let rows = i64::try_from(list.page.rows()).map_err(Error::internal)?;
    let top = Query::select()
        .column(E::id())
        .from_subquery(ranked, Alias::new("ranked"))
        .and_where(Expr::col(rank).lte(rows))
        .to_owned();
    let select = E::find().filter(E::id().in_subquery(top));
    let mut pages: HashMap<Uuid, Vec<Arc<E::Model>>> = HashMap::new();
    for row in ordered::<E>(select, list.sort, list.page.backwards).all(connection).await? {
        if let Some(parent) = row.parent_id(kind) {
            pages.entry(parent).or_default().push(Arc::new(row));
        }
    }
    Ok(pages)
}

/// How many rows a filter lets through.
pub(super) async fn count<E: Listed>(
    connection: &impl ConnectionTrait,
    visible: Condition,
    filter: &E::Filter,
) -> Result<i64> {
    let count = listed::<E>(visible, filter).count(connection).await?;
    i64::try_from(count).map_err(Error::internal)
}

/// The same for each of many parents, in one statement; parents without rows are left out.
pub(super) async fn counts<E: Listed>(
    connection: &impl ConnectionTrait,
    visible: Condition,
    kind: ParentKind,
    parents: &[Uuid],
    filter: &E::Filter,
) -> Result<HashMap<Uuid, i64>> {
    let parent = parent_column::<E>(kind)?;
    let rows = listed::<E>(visible, filter)
        .filter(parent.is_in(parents.iter().copied()))
        .select_only()
        .column(parent)
        .expr(E::id().count())
        .group_by(parent)
        .into_tuple::<(Uuid, i64)>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

fn listed<E: Listed>(visible: Condition, filter: &E::Filter) -> Select<E> {
    E::find().filter(visible).filter(filter.condition())
}

fn ordered<E: Listed>(select: Select<E>, sort: Sort, backwards: bool) -> Select<E> {
    let order = sort.order(backwards);
    let select = match E::sort_by(sort.key) {
        Some(key) => select.order_by(key, order.clone()),
        None => select,
    };
    select.order_by(E::id(), order)
}

fn parent_column<E: Listed>(kind: ParentKind) -> Result<E::Column> {
    E::parent(kind).ok_or_else(|| Error::internal(format!("no list hangs on {kind:?}")))
}
