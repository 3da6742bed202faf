//! The statements behind performance: one for any number of units of all levels.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sea_orm::sea_query::{Alias, Expr, IntoIden, Query, SelectStatement, WithQuery};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, ExprTrait, JoinType};
use subgraph::caller::Scope;
use uuid::Uuid;

use crate::fact::entity::{Column, Entity};
use crate::fact::location_sums::{self, LocationSums, sums_of_members};
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

/// The part of a statement's rows that is of the window, and that of the window before.
const CURRENT: i64 = 1;
const PREVIOUS: i64 = 0;

impl Reading {
    fn part(&mut self, part: i64) -> &mut Option<Figures> {
        if part == CURRENT { &mut self.current } else { &mut self.previous }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>()
            + [&self.current, &self.previous].into_iter().flatten().map(Figures::size).sum::<usize>()
    }

    fn is_unsplit(&self) -> bool {
        [&self.current, &self.previous].into_iter().flatten().any(Figures::is_unsplit)
    }
}

/// The readings of those of the units that are in scope; the others are absent. A second statement is needed
/// only for units with a location that changed its currency within the windows.
pub(crate) async fn readings(
    database: &DatabaseConnection,
    scope: &Scope,
    units: &[Uuid],
    window: Window,
) -> Result<HashMap<Uuid, Reading>, DbErr> {
    let mut readings: HashMap<Uuid, Reading> = HashMap::new();
    for row in database.query_all(&by_location(scope, units, window)).await? {
        let reading = readings.entry(row.try_get_by_index(0)?).or_default();
        let Some(low) = row.try_get_by_index::<Option<String>>(1)? else { continue };
        let high: String = row.try_get_by_index(2)?;
        let figures = reading.part(row.try_get_by_index(3)?).get_or_insert_default();
        figures.add_between(low, &high, Sums::read(&row, 4)?);
    }
    let unsplit: Vec<Uuid> =
        readings.iter().filter(|(_, reading)| reading.is_unsplit()).map(|(unit, _)| *unit).collect();
    if !unsplit.is_empty() {
        for (unit, mut split) in split_readings(database, scope, &unsplit, window).await? {
            let Some(reading) = readings.get_mut(&unit) else { continue };
            for part in [CURRENT, PREVIOUS] {
                if let (Some(figures), Some(split)) = (reading.part(part), split.part(part).take()) {
                    figures.split_as(split);
                }
            }
        }
    }
    Ok(readings)
}

/// Sums by unit, first and last currency of a location, and part.
fn by_location(scope: &Scope, units: &[Uuid], window: Window) -> WithQuery {
    let parts = [(CURRENT, window), (PREVIOUS, window.previous())];
    let key = [LocationSums::LowCurrency, LocationSums::HighCurrency, LocationSums::Part]
        .map(|column| (LocationSums::Table, column));
    let mut statement = Query::select();
    statement.column((Target::Table, Target::Id)).columns(key);
    Sums::select_locations(&mut statement);
    statement
        .from(Target::Table)
        .join(JoinType::LeftJoin, Member::Table, members_in(Target::Table))
        .join(JoinType::LeftJoin, LocationSums::Table, sums_of_members())
        .group_by_columns([(Target::Table, Target::Id)])
        .group_by_columns(key);
    statement.with(common_tables(units, scope).cte(location_sums::common_table(&parts)).to_owned())
}

/// Readings with amounts told apart by the currency of each fact.
async fn split_readings(
    database: &DatabaseConnection,
    scope: &Scope,
    units: &[Uuid],
    window: Window,
) -> Result<HashMap<Uuid, Reading>, DbErr> {
    let both = Window { from: window.previous().from, to: window.to };
    let part = Expr::case(Expr::col((Entity, Column::Date)).gte(window.from), CURRENT).finally(PREVIOUS);
    let statement = grouped(both, part.into()).with(common_tables(units, scope));
    let mut readings: HashMap<Uuid, Reading> = HashMap::new();
    for row in database.query_all(&statement).await? {
        let reading = readings.entry(row.try_get_by_index(0)?).or_default();
        if let Some(currency) = row.try_get_by_index::<Option<String>>(1)? {
            let figures = reading.part(row.try_get_by_index(2)?).get_or_insert_default();
            figures.add(currency, Sums::read(&row, 3)?);
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
    Sums::select_facts(&mut statement);
    statement
        .from(Target::Table)
        .join(JoinType::LeftJoin, Member::Table, members_in(Target::Table))
        .join(JoinType::LeftJoin, Entity, facts_of_members(window))
        .group_by_columns([(Target::Table, Target::Id)])
        .group_by_columns([(Entity, Column::Currency)])
        .group_by_col(part_name);
    statement
}
