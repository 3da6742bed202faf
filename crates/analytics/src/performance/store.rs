//! The statements behind performance: one for any number of units of all levels.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sea_orm::sea_query::{Alias, Expr, IntoIden, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, ExprTrait, JoinType};
use subgraph::caller::Scope;
use uuid::Uuid;

use crate::fact::entity::{Column, Entity};
use crate::metric::figures::Figures;
use crate::metric::sums::Sums;
use crate::period::Window;
use crate::period::granularity::Granularity;
use crate::unit::members::{Member, Target, common_tables, facts_of_members, members_in};

/// A unit's figures over a window and over the window before; nothing where no facts are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) current: Option<Figures>,
    pub(crate) previous: Option<Figures>,
}

/// Figures by the first day of their bucket.
pub(crate) type Buckets = BTreeMap<NaiveDate, Figures>;

/// The readings of those of the units that are in scope; the others are absent.
pub(crate) async fn readings(
    database: &DatabaseConnection,
    scope: &Scope,
    units: &[Uuid],
    window: Window,
) -> Result<HashMap<Uuid, Reading>, DbErr> {
    let both = Window { from: window.previous().from, to: window.to };
    let is_current = Expr::case(Expr::col((Entity, Column::Date)).gte(window.from), 1_i64).finally(0_i64);
    let statement = grouped(both, is_current.into()).with(common_tables(units, scope));
    let mut readings: HashMap<Uuid, Reading> = HashMap::new();
    for row in database.query_all(&statement).await? {
        let reading = readings.entry(row.try_get_by_index(0)?).or_default();
        if let Some(currency) = row.try_get_by_index::<Option<String>>(1)? {
            let window = if row.try_get_by_index::<i64>(2)? == 1 {
                &mut reading.current
            } else {
                &mut reading.previous
            };
            window.get_or_insert_default().add(currency, Sums::read(&row, 3)?);
        }
    }
    Ok(readings)
}

/// The series of those of the units that are in scope; the others are absent.
pub(crate) async fn series(
    database: &DatabaseConnection,
    scope: &Scope,
    units: &[Uuid],
    window: Window,
    granularity: Granularity,
) -> Result<HashMap<Uuid, Buckets>, DbErr> {
    let date = Expr::col((Entity, Column::Date));
    let start = granularity.expression(date, database.get_database_backend());
    let statement = grouped(window, start).with(common_tables(units, scope));
    let mut series: HashMap<Uuid, Buckets> = HashMap::new();
    for row in database.query_all(&statement).await? {
        let buckets = series.entry(row.try_get_by_index(0)?).or_default();
        if let Some(currency) = row.try_get_by_index::<Option<String>>(1)? {
            let start = row.try_get_by_index(2)?;
            buckets.entry(start).or_default().add(currency, Sums::read(&row, 3)?);
        }
    }
    Ok(series)
}

/// Sums by unit, currency and part of the window. A unit without facts has one row without currency.
fn grouped(window: Window, part: Expr) -> SelectStatement {
    let mut statement = Query::select();
    let part_name = Alias::new("part").into_iden();
    statement
        .column((Target::Table, Target::Id))
        .column((Entity, Column::Currency))
        .expr_as(part, part_name.clone());
    Sums::select(&mut statement);
    statement
        .from(Target::Table)
        .join(JoinType::LeftJoin, Member::Table, members_in(Target::Table))
        .join(JoinType::LeftJoin, Entity, facts_of_members(window))
        .group_by_columns([(Target::Table, Target::Id)])
        .group_by_columns([(Entity, Column::Currency)])
        .group_by_col(part_name);
    statement
}
