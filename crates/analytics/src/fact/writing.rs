//! The only writer of facts: rows with what followers of their locations are told, in the caller's transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, Utc};
use sea_orm::sea_query::{Alias, Condition, Expr, InsertStatement, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, Iterable, QueryFilter, QuerySelect,
};
use subgraph::changes::{self, NewChange, Recorded};
use subgraph::load::Counts;
use subgraph::rows;
use uuid::Uuid;

use super::entity::{Column, Entity};
use super::rules;
use super::subscription::Loaded;
use crate::bulk::FactRow;

/// What is told of a row that was written.
const WRITTEN: [Column; 4] = [Column::NetworkId, Column::LocationId, Column::Date, Column::Version];

/// How many facts of each network were made and changed.
pub(crate) type CountsOfNetworks = BTreeMap<Uuid, Counts>;

/// A row that was written.
struct Written {
    network: Uuid,
    location: Uuid,
    date: NaiveDate,
    /// Whether there was none before.
    made: bool,
}

/// Writes rows in any number of statements, as the last that the transaction does; a row that exists and differs is
/// overwritten and its version raised. Followers are told once per location, however many of its days that concerns;
/// the counts are of rows.
///
/// # Errors
/// When a row breaks a rule or a statement fails; the caller rolls back.
pub(crate) async fn upsert<C: ConnectionTrait>(
    transaction: &C,
    rows: impl IntoIterator<Item = FactRow>,
) -> Result<(Recorded, CountsOfNetworks), DbErr> {
    let on_conflict = overwrite();
    let mut rows = rows.into_iter();
    let mut loaded: BTreeMap<(Uuid, Uuid), Loaded> = BTreeMap::new();
    let mut counts = CountsOfNetworks::new();
    loop {
        let chunk: Vec<FactRow> = rows.by_ref().take(rows::PER_STATEMENT).collect();
        if chunk.is_empty() {
            break;
        }
        chunk.iter().try_for_each(check)?;
        let mut statement = insert(&chunk);
        statement.on_conflict(on_conflict.clone());
        for Written { network, location, date, made } in write(transaction, &chunk, statement).await? {
            *counts.entry(network).or_default() += Counts { made: made.into(), changed: (!made).into() };
            loaded
                .entry((network, location))
                .and_modify(|loaded| loaded.add(date))
                .or_insert_with(|| Loaded::new(date));
        }
    }
    let told: Result<Vec<NewChange>, DbErr> =
        loaded.into_iter().map(|((network, location), loaded)| loaded.to(network, location)).collect();
    Ok((changes::record(transaction, told?).await?, counts))
}

/// Writes a chunk, and tells of which locations and days something was written. Only where there are facts already is
/// the database asked for it: a first load is all new.
async fn write<C: ConnectionTrait>(
    transaction: &C,
    chunk: &[FactRow],
    mut statement: InsertStatement,
) -> Result<Vec<Written>, DbErr> {
    if !any_there(transaction, chunk).await? {
        transaction.execute(&statement).await?;
        let written = |row: &FactRow| Written {
            network: row.network_id,
            location: row.location_id,
            date: row.date,
            made: true,
        };
        return Ok(chunk.iter().map(written).collect());
    }
    statement.returning(Query::returning().columns(WRITTEN));
    let rows = transaction.query_all(&statement).await?;
    let written = rows.into_iter().map(|row| {
        Ok(Written {
            network: row.try_get_by_index(0)?,
            location: row.try_get_by_index(1)?,
            date: row.try_get_by_index(2)?,
            made: row.try_get_by_index::<i32>(3)? == 1,
        })
    });
    written.collect()
}

/// Whether there are facts of the locations of a chunk between its first and its last day.
async fn any_there<C: ConnectionTrait>(connection: &C, chunk: &[FactRow]) -> Result<bool, DbErr> {
    let locations: BTreeSet<Uuid> = chunk.iter().map(|row| row.location_id).collect();
    let dates = || chunk.iter().map(|row| row.date);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else { return Ok(false) };
    let there = Entity::find()
        .select_only()
        .column(Column::LocationId)
        .filter(Column::LocationId.is_in(locations))
        .filter(Column::Date.between(first, last))
        .limit(1)
        .into_tuple::<Uuid>();
    Ok(there.one(connection).await?.is_some())
}

fn check(row: &FactRow) -> Result<(), DbErr> {
    let Some(broken) = rules::broken(row).into_iter().next() else { return Ok(()) };
    let (location, date): (Uuid, NaiveDate) = (row.location_id, row.date);
    Err(DbErr::Custom(format!(
        "facts of location {location} on {date}: `{}` {}",
        broken.field, broken.problem
    )))
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
    let compared = Column::MEASURES.into_iter().chain([Column::NetworkId, Column::Currency]);
    let differs = compared.fold(Condition::any(), |differs, column| {
        differs.add(Expr::col((Entity, column)).ne(Expr::col((Alias::new("excluded"), column))))
    });
    OnConflict::columns([Column::LocationId, Column::Date])
        .update_columns(overwritten)
        .value(Column::Version, Expr::col((Entity, Column::Version)).add(1))
        .action_cond_where(differs)
        .to_owned()
}

fn same(left: Column, right: Column) -> bool {
    std::mem::discriminant(&left) == std::mem::discriminant(&right)
}
