//! Reading single facts, and the locations they are of.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::sea_query::{Alias, Condition, Expr, IntoIden, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, Iterable, QueryFilter,
    QuerySelect,
};
use subgraph::caller::Scope;
use subgraph::directory::{UnitKind, unit};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::bulk::FactRow;

/// The last day with facts in a network.
pub(crate) async fn last_day<C: ConnectionTrait>(
    connection: &C,
    network_id: Uuid,
) -> Result<Option<NaiveDate>, DbErr> {
    let last = Entity::find()
        .select_only()
        .column_as(Column::Date.max(), "last")
        .filter(Column::NetworkId.eq(network_id))
        .into_tuple::<Option<NaiveDate>>()
        .one(connection)
        .await?;
    Ok(last.flatten())
}

/// The facts that are there for the locations and days of rows.
pub(crate) async fn find<C: ConnectionTrait>(
    connection: &C,
    rows: &[FactRow],
) -> Result<HashMap<(Uuid, NaiveDate), FactRow>, DbErr> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let key = Expr::tuple([Expr::col(Column::LocationId), Expr::col(Column::Date)]);
    let keys = rows.iter().map(|row| (row.location_id, row.date));
    let found = Entity::find().filter(key.in_tuples(keys)).all(connection).await?;
    Ok(found.into_iter().map(|model| ((model.location_id, model.date), FactRow::from(model))).collect())
}

/// The visible locations among ids and codes, each with whether it is in the writable scope.
pub(crate) async fn locations<C: ConnectionTrait>(
    connection: &C,
    ids: HashSet<Uuid>,
    codes: HashSet<&str>,
    visible: &Scope,
    writable: &Scope,
) -> Result<Vec<(unit::Model, bool)>, DbErr> {
    let named = Condition::any().add(unit::Column::Id.is_in(ids)).add(unit::Column::Code.is_in(codes));
    let is_writable = Alias::new("is_writable").into_iden();
    let statement = Query::select()
        .columns(unit::Column::iter())
        .expr_as(Expr::case(writable.units(), 1_i64).finally(0_i64), is_writable)
        .from(unit::Entity)
        .and_where(unit::Column::Kind.eq(UnitKind::Location))
        .cond_where(named)
        .cond_where(Condition::any().add(visible.units()).add(writable.units()))
        .to_owned();
    let rows = connection.query_all(&statement).await?;
    let location = |row: sea_orm::QueryResult| {
        Ok((unit::Model::from_query_result(&row, "")?, row.try_get::<i64>("", "is_writable")? == 1))
    };
    rows.into_iter().map(location).collect()
}

impl From<Model> for FactRow {
    fn from(model: Model) -> Self {
        Self {
            location_id: model.location_id,
            date: model.date,
            network_id: model.network_id,
            currency: model.currency,
            revenue: model.revenue,
            transactions: model.transactions,
            appointments_booked: model.appointments_booked,
            appointments_completed: model.appointments_completed,
            appointments_cancelled: model.appointments_cancelled,
            appointments_no_show: model.appointments_no_show,
            clients_served: model.clients_served,
            clients_new: model.clients_new,
            clients_returning: model.clients_returning,
            chair_minutes_available: model.chair_minutes_available,
            chair_minutes_booked: model.chair_minutes_booked,
            staff_minutes: model.staff_minutes,
            satisfaction_sum: model.satisfaction_sum,
            satisfaction_count: model.satisfaction_count,
        }
    }
}
