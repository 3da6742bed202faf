//! Lists of requirements: filter, order, and the statement for any number of units at once.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Enum, ID, InputObject};
use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, Value, WindowStatement};
use sea_orm::{ConnectionTrait, FromQueryResult, Order};
use subgraph::date::Date;
use subgraph::error::{Error, Result};
use subgraph::page::{Cursor, Page};
use uuid::Uuid;

use super::Requirement;
use super::entity::{Column, Entity, Model};
use super::kinds::{ComplianceStatus, Jurisdiction, RequirementType, RiskLevel};
use super::state::{self, OVERDUE, STATUS, State};
use crate::keyset::{self, Part};
use crate::review::ReviewOutcome;
use crate::unit::subtree::{self, OWNER, STATE, UNIT, parse_id};
use crate::view::View;

/// Which requirements are wanted; what is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct RequirementFilter {
    /// Only on this unit and the units below it.
    pub unit_id: Option<ID>,
    /// Only with one of these statuses today.
    pub status: Option<Vec<ComplianceStatus>>,
    /// Only with one of these risks.
    pub risk: Option<Vec<RiskLevel>>,
    /// Only of one of these types.
    #[graphql(name = "type")]
    pub requirement_type: Option<Vec<RequirementType>>,
    /// Only from one of these jurisdictions.
    pub jurisdiction: Option<Vec<Jurisdiction>>,
    /// Only those that are (or are not) overdue today.
    pub overdue: Option<bool>,
    /// Only due before this day.
    pub due_before: Option<Date>,
    /// Also those that no longer apply.
    #[graphql(default)]
    pub include_retired: bool,
}

/// The order of a list of requirements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub(crate) enum RequirementSort {
    /// Earliest due date first, those without one last.
    #[default]
    DueDate,
    /// Earliest next review first, those without one last.
    NextReviewDate,
    /// Earliest day on which something has to happen first: the due date (while not met) or the next review;
    /// those without either last.
    Deadline,
    /// Highest risk first.
    Risk,
    /// Newest first.
    Newest,
}

/// A checked list request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) filter: RequirementFilter,
    pub(crate) sort: RequirementSort,
    pub(crate) page: Page,
    /// Only requirements with something to happen up to this day, see [`RequirementSort::Deadline`].
    pub(crate) deadline_up_to: Option<NaiveDate>,
}

impl Hash for List {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.filter.hash(hasher);
        self.sort.hash(hasher);
        self.deadline_up_to.hash(hasher);
        self.page.limit.hash(hasher);
    }
}

/// The day that stands for "never" in the order of dates: after every day that can be entered.
fn never() -> NaiveDate {
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX)
}

/// The day on which something has to happen.
fn deadline() -> Expr {
    let review = || Expr::from(Func::coalesce([Expr::col(Column::NextReviewOn), Expr::val(never())]));
    let unmet = Expr::col(Column::Outcome).ne(ReviewOutcome::Compliant);
    Expr::case(unmet.and(Expr::col(Column::DueOn).lt(review())), Expr::col(Column::DueOn))
        .finally(review())
        .into()
}

/// [`deadline`] of a row that was read.
fn deadline_of(row: &Model) -> Option<NaiveDate> {
    let due = row.due_on.filter(|_| row.outcome != ReviewOutcome::Compliant);
    [due, row.next_review_on].into_iter().flatten().min()
}

impl RequirementSort {
    fn key(self) -> Vec<Part> {
        let date = |column: Column| Part::ascending(Func::coalesce([Expr::col(column), Expr::val(never())]));
        let id = Expr::col(Column::Id);
        match self {
            Self::DueDate => vec![date(Column::DueOn), Part::ascending(id)],
            Self::NextReviewDate => vec![date(Column::NextReviewOn), Part::ascending(id)],
            Self::Deadline => vec![Part::ascending(deadline()), Part::ascending(id)],
            Self::Risk => vec![Part::descending(state::risk_rank()), Part::ascending(id)],
            Self::Newest => vec![Part::descending(id)],
        }
    }

    fn cursor(self, state: &State) -> Cursor {
        let date = |date: Option<NaiveDate>| date.unwrap_or_else(never).to_string();
        let key = match self {
            Self::DueDate => date(state.row.due_on),
            Self::NextReviewDate => date(state.row.next_review_on),
            Self::Deadline => date(deadline_of(&state.row)),
            Self::Risk => (state.row.risk as i32).to_string(),
            Self::Newest => String::new(),
        };
        Cursor { key, id: state.row.id }
    }

    /// The values of the key that a cursor holds.
    fn values(self, cursor: &Cursor) -> Result<Vec<Value>> {
        let foreign = || {
            Error::BadInput(
                "the cursor belongs to a list in another order: start again without it".to_owned(),
            )
        };
        let key: Value = match self {
            Self::DueDate | Self::NextReviewDate | Self::Deadline => {
                cursor.key.parse::<NaiveDate>().map_err(|_| foreign())?.into()
            }
            Self::Risk => cursor.key.parse::<i32>().map_err(|_| foreign())?.into(),
            Self::Newest if cursor.key.is_empty() => return Ok(vec![cursor.id.into()]),
            Self::Newest => return Err(foreign()),
        };
        Ok(vec![key, cursor.id.into()])
    }
}

impl List {
    /// The connection of what was read.
    pub(crate) fn connection(
        &self,
        rows: Vec<State>,
    ) -> Connection<Cursor, Requirement, EmptyFields, EmptyFields> {
        let rows = rows.into_iter().map(Requirement::from).collect();
        self.page.connection(rows, |requirement| self.sort.cursor(&requirement.state))
    }

    /// What can be tested on the tables themselves.
    fn narrow(&self) -> Result<Condition> {
        let mut all = Condition::all();
        if !self.filter.include_retired {
            all = all.add(state::in_force());
        }
        if let Some(unit) = &self.filter.unit_id {
            all = all.add(subtree::below_any(&[parse_id(unit, "filter.unitId")?]));
        }
        Ok(all)
    }

    /// What can be tested once the state is known.
    fn among(&self) -> Condition {
        let filter = &self.filter;
        let mut all = Condition::all();
        if let Some(status) = &filter.status {
            all = all.add(Expr::col(STATUS).is_in(status.iter().copied()));
        }
        if let Some(risk) = &filter.risk {
            all = all.add(Expr::col(Column::Risk).is_in(risk.iter().copied()));
        }
        if let Some(kinds) = &filter.requirement_type {
            all = all.add(Expr::col(Column::RequirementType).is_in(kinds.iter().copied()));
        }
        if let Some(jurisdictions) = &filter.jurisdiction {
            all = all.add(Expr::col(Column::Jurisdiction).is_in(jurisdictions.iter().copied()));
        }
        if let Some(overdue) = filter.overdue {
            all = all.add(Expr::col(OVERDUE).eq(overdue));
        }
        if let Some(day) = filter.due_before {
            all = all.add(Expr::col(Column::DueOn).lt(day.0));
        }
        if let Some(day) = self.deadline_up_to {
            all = all.add(deadline().lte(day));
        }
        all
    }

    /// Rows with something in common, in terms of the columns of a state: what passes the filter and lies within
    /// the cursors.
    fn wanted(&self, key: &[Part]) -> Result<Condition> {
        let mut all = self.among();
        for (cursor, before) in [(&self.page.after, false), (&self.page.before, true)] {
            if let Some(cursor) = cursor {
                all = all.add(keyset::beyond(key, &self.sort.values(cursor)?, before));
            }
        }
        Ok(all)
    }

    /// Reads one page of everything in scope.
    pub(crate) async fn read(&self, view: &View) -> Result<Vec<State>> {
        let key = self.sort.key();
        let mut statement = Query::select();
        statement
            .columns(state::columns())
            .from_subquery(state::select(&view.scope, &view.calendar, self.narrow()?), STATE)
            .cond_where(self.wanted(&key)?)
            .limit(self.page.rows());
        keyset::order(&mut statement, &key, self.page.backwards);
        let rows = view.database.query_all(&statement).await?;
        Ok(rows.iter().map(|row| State::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// Reads the same page for each of some units, in one statement. Units out of scope are left out.
    pub(crate) async fn read_each(&self, view: &View, units: &[Uuid]) -> Result<HashMap<Uuid, Vec<State>>> {
        const PLACE: &str = "place";
        let key = self.sort.key();
        let mut window = WindowStatement::partition_by(OWNER);
        keyset::order_window(&mut window, &key, self.page.backwards);
        let mut placed = Query::select();
        placed
            .column(OWNER)
            .columns(state::columns())
            .expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE)
            .from_subquery(subtree::owned(units, &state::columns()), "counted")
            .cond_where(self.wanted(&key)?);
        let mut page = Query::select();
        page.columns([OWNER, PLACE])
            .columns(state::columns())
            .from_subquery(placed, "placed")
            .and_where(Expr::col(PLACE).lte(self.page.rows() as i64));
        let narrow = self.narrow()?.add(subtree::below_any(units));
        let state = state::select(&view.scope, &view.calendar, narrow);
        let mut statement = subtree::per_unit(&view.scope, units, subtree::table(state), page);
        statement.columns(state::columns()).order_by(PLACE, Order::Asc);
        let mut pages: HashMap<Uuid, Vec<State>> = HashMap::new();
        for row in view.database.query_all(&statement).await? {
            let page = pages.entry(row.try_get("", UNIT)?).or_default();
            if row.try_get::<Option<Uuid>>("", "id")?.is_some() {
                page.push(State::from_query_result(&row, "")?);
            }
        }
        Ok(pages)
    }
}

/// Reads requirements by id, those in scope.
pub(crate) async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    view: &View,
    ids: &[Uuid],
) -> Result<Vec<State>> {
    let narrow = Condition::all().add(Expr::col((Entity, Column::Id)).is_in(ids.iter().copied()));
    let rows = connection.query_all(&state::select(&view.scope, &view.calendar, narrow)).await?;
    Ok(rows.iter().map(|row| State::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
