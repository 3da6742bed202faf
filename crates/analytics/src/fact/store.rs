//! Writing and reading single facts.

use chrono::Utc;
use sea_orm::sea_query::{Expr, InsertStatement, OnConflict, Query};
use sea_orm::{ConnectionTrait, DbErr, ExprTrait, Iterable};

use super::entity::{Column, Entity};
use crate::bulk::FactRow;

/// Rows of an insert: with 20 values each below the parameter limits of both databases (32,766 and 65,535).
const ROWS_PER_STATEMENT: usize = 500;

/// Writes rows in any number of statements; a row that exists is overwritten and its version raised.
pub(crate) async fn upsert<C: ConnectionTrait>(connection: &C, rows: &[FactRow]) -> Result<(), DbErr> {
    let on_conflict = overwrite();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        connection.execute(&insert(chunk).on_conflict(on_conflict.clone()).to_owned()).await?;
    }
    Ok(())
}

fn insert(rows: &[FactRow]) -> InsertStatement {
    let recorded_at = Utc::now();
    let mut insert = Query::insert();
    insert.into_table(Entity).columns(Column::iter());
    for row in rows {
        let mut values: Vec<Expr> = Vec::with_capacity(20);
        values.extend([
            row.location_id.into(),
            row.date.into(),
            row.network_id.into(),
            row.currency.clone().into(),
        ]);
        values.extend(row.measures().map(Expr::from));
        values.extend([1.into(), recorded_at.into()]);
        insert.values_panic(values);
    }
    insert
}

fn overwrite() -> OnConflict {
    let kept = [Column::LocationId, Column::Date, Column::Version];
    let overwritten = Column::iter().filter(|column| !kept.iter().any(|other| same(*column, *other)));
    OnConflict::columns([Column::LocationId, Column::Date])
        .update_columns(overwritten)
        .value(Column::Version, Expr::col((Entity, Column::Version)).add(1))
        .to_owned()
}

fn same(left: Column, right: Column) -> bool {
    std::mem::discriminant(&left) == std::mem::discriminant(&right)
}
