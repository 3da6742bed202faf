//! Statements about integrations; every one is restricted to a scope.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder,
    QuerySelect,
};
use subgraph::Result;
use subgraph::caller::Scope;
use subgraph::directory::unit;
use subgraph::page::{Cursor, Page};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::input::IntegrationFilter;

/// Integrations in scope by id.
pub(super) async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(in_scope(scope))
        .all(connection)
        .await?)
}

/// One page of integrations in scope, sorted by name.
pub(super) async fn page(
    connection: &DatabaseConnection,
    scope: &Scope,
    filter: &IntegrationFilter,
    page: &Page,
) -> Result<Vec<Model>> {
    let order = if page.backwards { Order::Desc } else { Order::Asc };
    Ok(Entity::find()
        .filter(in_scope(scope))
        .filter(filtered(filter))
        .filter(SortKey::between(page))
        .order_by(Column::Name, order.clone())
        .order_by(Column::Id, order)
        .limit(page.rows())
        .all(connection)
        .await?)
}

fn in_scope(scope: &Scope) -> Condition {
    scope.rows((Entity, Column::NetworkId), (Entity, Column::UnitId))
}

/// A filter as a condition on `integrations`.
pub(crate) fn filtered(filter: &IntegrationFilter) -> Condition {
    let mut condition = Condition::all();
    if let Some(id) = &filter.unit_id {
        condition = match Uuid::parse_str(id) {
            Ok(id) => condition.add(Expr::col((Entity, Column::UnitId)).in_subquery(subtree(id))),
            // What is not an id names no unit.
            Err(_) => condition.add(Expr::val(1).eq(0)),
        };
    }
    if let Some(statuses) = &filter.statuses {
        condition = condition.add(Column::Status.is_in(statuses.iter().copied()));
    }
    if let Some(provider) = &filter.provider {
        condition = condition.add(Column::Provider.eq(provider));
    }
    condition
}

/// The ids of a unit and everything below it.
fn subtree(id: Uuid) -> SelectStatement {
    Query::select()
        .column(unit::Column::Id)
        .from(unit::Entity)
        .cond_where(
            Condition::any()
                .add(unit::Column::Id.eq(id))
                .add(unit::Column::NetworkId.eq(id))
                .add(unit::Column::RegionId.eq(id))
                .add(unit::Column::GroupId.eq(id)),
        )
        .to_owned()
}

/// The sort key of lists of integrations: the name, then the id.
pub(crate) struct SortKey;

impl SortKey {
    /// Restricts to rows between a page's cursors.
    pub(crate) fn between(page: &Page) -> Condition {
        let mut condition = Condition::all();
        if let Some(cursor) = &page.after {
            condition = condition.add(Self::beyond(cursor, true));
        }
        if let Some(cursor) = &page.before {
            condition = condition.add(Self::beyond(cursor, false));
        }
        condition
    }

    fn beyond(cursor: &Cursor, after: bool) -> Condition {
        let compare = |column: Column| {
            let column = Expr::col((Entity, column));
            move |value: sea_orm::Value| if after { column.gt(value) } else { column.lt(value) }
        };
        Condition::any().add(compare(Column::Name)(cursor.key.clone().into())).add(
            Condition::all().add(Expr::col((Entity, Column::Name)).eq(cursor.key.clone())).add(compare(
                Column::Id,
            )(
                cursor.id.into(),
            )),
        )
    }
}
