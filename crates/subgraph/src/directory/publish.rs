//! Writing to the directory, and reading its feed.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, Iterable,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};

use super::record::{Changes, clock, membership, unit};
use crate::rows;

/// Writes units and memberships as one change, inside the caller's transaction. The `change` of the given
/// records is overwritten.
///
/// Numbering takes a row lock that is held until commit, so changes become visible in the order of their
/// numbers and a follower never skips one.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub async fn publish<C: ConnectionTrait>(
    transaction: &C,
    mut units: Vec<unit::Model>,
    mut memberships: Vec<membership::Model>,
) -> Result<(), DbErr> {
    if units.is_empty() && memberships.is_empty() {
        return Ok(());
    }
    clock::Entity::update_many()
        .col_expr(clock::Column::Value, Expr::col(clock::Column::Value).add(1))
        .exec(transaction)
        .await?;
    let change = now(transaction).await?;
    units.iter_mut().for_each(|unit| unit.change = change);
    memberships.iter_mut().for_each(|membership| membership.change = change);
    write(transaction, units, memberships).await
}

/// The number of the last change.
pub(super) async fn now<C: ConnectionTrait>(connection: &C) -> Result<i64, DbErr> {
    let clock = clock::Entity::find_by_id(1).one(connection).await?;
    clock.map(|row| row.value).ok_or_else(|| DbErr::RecordNotFound("directory_clock".to_owned()))
}

/// Reads one page of the feed. A page ends on a change boundary, so a change is never split.
pub(super) async fn changes_after<C>(connection: &C, after: i64, limit: u64) -> Result<Changes, DbErr>
where
    C: ConnectionTrait + TransactionTrait,
{
    let newest = now(connection).await?;
    let units = edge::<unit::Entity, C>(connection, unit::Column::Change, after, limit).await?;
    let memberships =
        edge::<membership::Entity, C>(connection, membership::Column::Change, after, limit).await?;
    let up_to = [units, memberships].into_iter().flatten().min().unwrap_or(newest);
    let units = unit::Entity::find()
        .filter(unit::Column::Change.gt(after).and(unit::Column::Change.lte(up_to)))
        .order_by_asc(unit::Column::Change)
        .all(connection)
        .await?;
    let memberships = membership::Entity::find()
        .filter(membership::Column::Change.gt(after).and(membership::Column::Change.lte(up_to)))
        .order_by_asc(membership::Column::Change)
        .all(connection)
        .await?;
    Ok(Changes { units, memberships, up_to, complete: up_to >= newest })
}

/// The change at which `limit` rows after `after` are reached, if there are that many.
async fn edge<E, C>(connection: &C, column: E::Column, after: i64, limit: u64) -> Result<Option<i64>, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    E::find()
        .select_only()
        .column(column)
        .filter(column.gt(after))
        .order_by_asc(column)
        .offset(limit)
        .limit(1)
        .into_tuple::<i64>()
        .one(connection)
        .await
}

/// Takes over a page of another service's feed; repeating a page changes nothing.
pub(super) async fn apply<C: ConnectionTrait>(transaction: &C, changes: Changes) -> Result<(), DbErr> {
    write(transaction, changes.units, changes.memberships).await?;
    clock::Entity::update_many()
        .col_expr(clock::Column::Value, Expr::val(changes.up_to))
        .filter(clock::Column::Value.lt(changes.up_to))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn write<C: ConnectionTrait>(
    transaction: &C,
    units: Vec<unit::Model>,
    memberships: Vec<membership::Model>,
) -> Result<(), DbErr> {
    upsert::<unit::ActiveModel, _, _>(transaction, units, unit::Column::Id).await?;
    upsert::<membership::ActiveModel, _, _>(transaction, memberships, membership::Column::Id).await
}

async fn upsert<A, M, C>(
    transaction: &C,
    rows: Vec<M>,
    id: <A::Entity as EntityTrait>::Column,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
    M: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(rows::PER_STATEMENT).collect();
        let overwrite = OnConflict::column(id).update_columns(columns.iter().copied()).to_owned();
        A::Entity::insert_many(chunk).on_conflict(overwrite).exec_without_returning(transaction).await?;
    }
    Ok(())
}
