//! Lists of alerts, found by the database: no requirement is read that raises none.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, UnionType, Value, WindowStatement,
};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult, Iterable, Order, QueryResult};
use subgraph::error::{Error, Result};
use subgraph::page::{Cursor, Page};
use uuid::Uuid;

use super::Alert;
use super::entity::{Column as Noted, Entity as Acknowledgements};
use super::rule::{AlertRule, AlertSeverity};
use crate::keyset::{self, Part};
use crate::requirement::entity::{Column, Entity};
use crate::requirement::state::{self, State};
use crate::unit::subtree::{self, OWNER, STATE, UNIT, parse_id};
use crate::view::View;

const RULE: &str = "alert_rule";
const CAUSE: &str = "alert_cause_on";
const SEVERITY: &str = "alert_severity";
const NOTED_BY: &str = "noted_by";
const NOTED_AT: &str = "noted_at";
const NOTE: &str = "note";
const ALERTS: &str = "alerts";

/// Which alerts are wanted; what is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct AlertFilter {
    /// Only about this unit and the units below it.
    pub(crate) unit_id: Option<ID>,
    /// Only those that someone has (or nobody has) acknowledged.
    pub(crate) acknowledged: Option<bool>,
    /// Only of one of these severities.
    pub(crate) severity: Option<Vec<AlertSeverity>>,
    /// Only raised by one of these rules.
    pub(crate) rule: Option<Vec<AlertRule>>,
}

/// An alert as read.
#[derive(Clone, Debug)]
pub(crate) struct Raised {
    pub(crate) state: State,
    pub(crate) rule: AlertRule,
    pub(crate) cause_on: NaiveDate,
    pub(crate) severity: AlertSeverity,
    pub(crate) noted: Option<(Uuid, DateTime<Utc>, Option<String>)>,
}

impl FromQueryResult for Raised {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let rank: i32 = row.try_get(prefix, SEVERITY)?;
        let severity = AlertSeverity::iter().find(|severity| *severity as i32 == rank);
        let severity = severity.ok_or_else(|| DbErr::Type(format!("no severity {rank}")))?;
        let by: Option<Uuid> = row.try_get(prefix, NOTED_BY)?;
        let noted = match by {
            Some(by) => Some((by, row.try_get(prefix, NOTED_AT)?, row.try_get(prefix, NOTE)?)),
            None => None,
        };
        Ok(Self {
            state: State::from_query_result(row, prefix)?,
            rule: row.try_get(prefix, RULE)?,
            cause_on: row.try_get(prefix, CAUSE)?,
            severity,
            noted,
        })
    }
}

/// A checked list request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlertList {
    pub(crate) filter: AlertFilter,
    pub(crate) page: Page,
}

impl Hash for AlertList {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.filter.hash(hasher);
        self.page.limit.hash(hasher);
    }
}

/// Most severe first, then the longest standing.
fn key() -> [Part; 4] {
    [
        Part::descending(Expr::col((ALERTS, SEVERITY))),
        Part::ascending(Expr::col((ALERTS, CAUSE))),
        Part::ascending(Expr::col((ALERTS, RULE))),
        Part::ascending(Expr::col((ALERTS, Column::Id))),
    ]
}

fn cursor(raised: &Raised) -> Cursor {
    let key = format!("{} {} {}", raised.severity as i32, raised.cause_on, raised.rule.to_value());
    Cursor { key, id: raised.state.row.id }
}

fn values(cursor: &Cursor) -> Result<[Value; 4]> {
    let parse = || {
        let mut parts = cursor.key.split(' ');
        let severity: i32 = parts.next()?.parse().ok()?;
        let cause: NaiveDate = parts.next()?.parse().ok()?;
        let rule = AlertRule::try_from_value(&parts.next()?.to_owned()).ok()?;
        Some([severity.into(), cause.into(), rule.to_value().into(), cursor.id.into()])
    };
    parse().ok_or_else(|| {
        Error::BadInput("the cursor belongs to another list: start again without it".to_owned())
    })
}

/// The columns that a row of [`raised`] is read from.
fn columns() -> Vec<&'static str> {
    let mut columns = state::columns();
    columns.extend([RULE, CAUSE, SEVERITY, NOTED_BY, NOTED_AT, NOTE]);
    columns
}

/// Selects the alerts that rows of `from` raise, as [`ALERTS`], with their acknowledgements. `keep` are columns
/// besides the state's.
fn raised(from: &'static str, keep: &[&'static str], wanted: Condition) -> SelectStatement {
    let mut branches = AlertRule::iter().map(|rule| {
        let mut branch = Query::select();
        branch
            .columns(keep.iter().copied())
            .columns(state::columns())
            .expr_as(Expr::val(rule), RULE)
            .expr_as(rule.cause(), CAUSE)
            .expr_as(rule.severity(), SEVERITY)
            .from(from)
            .cond_where(rule.raises());
        branch
    });
    let mut alerts = branches.next().unwrap_or_default();
    for branch in branches {
        alerts.union(UnionType::All, branch);
    }
    let same = Condition::all()
        .add(Expr::col((Acknowledgements, Noted::RequirementId)).equals((ALERTS, Column::Id)))
        .add(Expr::col((Acknowledgements, Noted::Rule)).equals((ALERTS, RULE)))
        .add(Expr::col((Acknowledgements, Noted::CauseOn)).equals((ALERTS, CAUSE)))
        .add(Expr::col((Acknowledgements, Noted::Lapses)).equals((ALERTS, Column::Lapses)));
    let mut statement = Query::select();
    statement
        .columns(keep.iter().map(|column| (ALERTS, *column)))
        .columns(state::columns().into_iter().chain([RULE, CAUSE, SEVERITY]).map(|column| (ALERTS, column)))
        .expr_as(Expr::col((Acknowledgements, Noted::PersonId)), NOTED_BY)
        .expr_as(Expr::col((Acknowledgements, Noted::AcknowledgedAt)), NOTED_AT)
        .expr_as(Expr::col((Acknowledgements, Noted::Note)), NOTE)
        .from_subquery(alerts, ALERTS)
        .join(JoinType::LeftJoin, Acknowledgements, same)
        .cond_where(wanted);
    statement
}

impl AlertList {
    /// The connection of what was read.
    pub(crate) fn connection(
        &self,
        rows: Vec<Raised>,
    ) -> Connection<Cursor, Alert, EmptyFields, EmptyFields> {
        self.page.connection(rows.into_iter().map(Alert).collect(), |alert| cursor(&alert.0))
    }

    fn narrow(&self) -> Result<Condition> {
        let mut all = Condition::all().add(state::in_force());
        if let Some(unit) = &self.filter.unit_id {
            all = all.add(subtree::below_any(&[parse_id(unit, "filter.unitId")?]));
        }
        Ok(all)
    }

    fn wanted(&self) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(acknowledged) = self.filter.acknowledged {
            let by = Expr::col((Acknowledgements, Noted::PersonId));
            all = all.add(if acknowledged { by.is_not_null() } else { by.is_null() });
        }
        if let Some(severities) = &self.filter.severity {
            let ranks = severities.iter().map(|severity| *severity as i32);
            all = all.add(Expr::col((ALERTS, SEVERITY)).is_in(ranks));
        }
        if let Some(rules) = &self.filter.rule {
            all = all.add(Expr::col((ALERTS, RULE)).is_in(rules.iter().copied()));
        }
        for (cursor, before) in [(&self.page.after, false), (&self.page.before, true)] {
            if let Some(cursor) = cursor {
                all = all.add(keyset::beyond(&key(), &values(cursor)?, before));
            }
        }
        Ok(all)
    }

    /// Reads one page of everything in scope.
    pub(crate) async fn read(&self, view: &View) -> Result<Vec<Raised>> {
        let mut statement = raised(STATE, &[], self.wanted()?);
        statement.with_cte(subtree::table(state::select(&view.scope, &view.calendar, self.narrow()?)));
        keyset::order(&mut statement, &key(), self.page.backwards);
        statement.limit(self.page.rows());
        read(&view.database, &statement).await
    }

    /// Reads the same page for each of some units, in one statement. Units out of scope are left out.
    pub(crate) async fn read_each(&self, view: &View, units: &[Uuid]) -> Result<HashMap<Uuid, Vec<Raised>>> {
        const COUNTED: &str = "counted";
        const PLACE: &str = "place";
        let mut window = WindowStatement::partition_by((ALERTS, OWNER));
        keyset::order_window(&mut window, &key(), self.page.backwards);
        let mut placed = raised(COUNTED, &[OWNER], self.wanted()?);
        placed.expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE);
        let mut page = Query::select();
        page.columns([OWNER, PLACE])
            .columns(columns())
            .from_subquery(placed, "placed")
            .and_where(Expr::col(PLACE).lte(self.page.rows() as i64));
        let narrow = self.narrow()?.add(subtree::below_any(units));
        let state = state::select(&view.scope, &view.calendar, narrow);
        let tables = subtree::tables(state, COUNTED, subtree::owned(units, &state::columns()));
        let mut statement = subtree::per_unit(&view.scope, units, tables, page);
        statement.columns(columns()).order_by(PLACE, Order::Asc);
        let mut pages: HashMap<Uuid, Vec<Raised>> = HashMap::new();
        for row in view.database.query_all(&statement).await? {
            let page = pages.entry(row.try_get("", UNIT)?).or_default();
            if row.try_get::<Option<Uuid>>("", "id")?.is_some() {
                page.push(Raised::from_query_result(&row, "")?);
            }
        }
        Ok(pages)
    }
}

/// Reads all alerts that some requirements raise, those in scope.
pub(crate) async fn of_requirements<C: ConnectionTrait>(
    connection: &C,
    view: &View,
    requirements: &[Uuid],
) -> Result<Vec<Raised>> {
    let narrow = Condition::all()
        .add(state::in_force())
        .add(Expr::col((Entity, Column::Id)).is_in(requirements.iter().copied()));
    let mut statement = raised(STATE, &[], Condition::all());
    statement.with_cte(subtree::table(state::select(&view.scope, &view.calendar, narrow)));
    keyset::order(&mut statement, &key(), false);
    read(connection, &statement).await
}

async fn read<C: ConnectionTrait>(connection: &C, statement: &SelectStatement) -> Result<Vec<Raised>> {
    let rows = connection.query_all(statement).await?;
    Ok(rows.iter().map(|row| Raised::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
