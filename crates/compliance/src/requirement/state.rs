//! What dates make of a requirement: the one place where status and overdue are derived, as SQL.

use sea_orm::sea_query::{CaseStatement, Condition, Expr, IntoCondition, Query, SelectStatement};
use sea_orm::{ExprTrait, FromQueryResult, IdenStatic, Iterable, QueryResult};
use subgraph::caller::Scope;
use subgraph::directory::unit;

use super::entity::{Column, Entity, Model};
use super::kinds::{ComplianceStatus, RiskLevel};
use crate::calendar::Calendar;
use crate::review::ReviewOutcome;

/// Columns of [`select`] besides those of the table.
pub(crate) const TODAY: &str = "today";
pub(crate) const STATUS: &str = "status";
pub(crate) const OVERDUE: &str = "overdue";
pub(crate) const KIND: &str = "unit_kind";
pub(crate) const REGION: &str = "unit_region_id";
pub(crate) const GROUP: &str = "unit_group_id";

/// A requirement with its state on the view's day.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) row: Model,
    pub(crate) status: ComplianceStatus,
    pub(crate) overdue: bool,
}

impl FromQueryResult for State {
    fn from_query_result(result: &QueryResult, prefix: &str) -> Result<Self, sea_orm::DbErr> {
        Ok(Self {
            row: Model::from_query_result(result, prefix)?,
            status: result.try_get(prefix, STATUS)?,
            overdue: result.try_get(prefix, OVERDUE)?,
        })
    }
}

/// Selects the requirements in scope with their state: all columns of the table, the unit's place in the tree,
/// [`TODAY`], [`STATUS`] and [`OVERDUE`]. `narrow` may name columns of requirements and units.
pub(crate) fn select(scope: &Scope, calendar: &Calendar, narrow: Condition) -> SelectStatement {
    select_any(calendar, Condition::all().add(scope.units()).add(narrow))
}

/// The same of all requirements, for what the service does on nobody's behalf.
pub(crate) fn select_any(calendar: &Calendar, narrow: Condition) -> SelectStatement {
    let mut dated = Query::select();
    dated
        .columns(Column::iter().map(|column| (Entity, column)))
        .expr_as(Expr::col((unit::Entity, unit::Column::Kind)), KIND)
        .expr_as(Expr::col((unit::Entity, unit::Column::RegionId)), REGION)
        .expr_as(Expr::col((unit::Entity, unit::Column::GroupId)), GROUP)
        .expr_as(calendar.today((unit::Entity, unit::Column::TimeZone)), TODAY)
        .from(Entity)
        .inner_join(
            unit::Entity,
            Expr::col((unit::Entity, unit::Column::Id)).equals((Entity, Column::UnitId)),
        )
        .cond_where(narrow);
    let mut state = Query::select();
    state
        .columns(Column::iter())
        .columns([KIND, REGION, GROUP, TODAY])
        .expr_as(status(), STATUS)
        .expr_as(Expr::case(overdue(), true).finally(false), OVERDUE)
        .from_subquery(dated, "dated");
    state
}

fn status() -> Expr {
    let compliant = || Expr::col(Column::Outcome).eq(ReviewOutcome::Compliant);
    Expr::case(compliant().and(review_passed()), Expr::val(ComplianceStatus::Expired))
        .case(compliant(), Expr::val(ComplianceStatus::Compliant))
        .case(
            Expr::col(Column::Outcome).eq(ReviewOutcome::NonCompliant),
            Expr::val(ComplianceStatus::NonCompliant),
        )
        .finally(Expr::val(ComplianceStatus::Pending))
        .into()
}

/// The day for the next review is over.
pub(crate) fn review_passed() -> Expr {
    Expr::col(Column::NextReviewOn).lt(Expr::col(TODAY))
}

/// The due day is over and no review holds the requirement to be met.
pub(crate) fn overdue() -> Condition {
    Condition::all()
        .add(Expr::col(Column::DueOn).lt(Expr::col(TODAY)))
        .add(Expr::col(Column::Outcome).ne(ReviewOutcome::Compliant))
}

/// All columns that [`State`] is read from.
pub(crate) fn columns() -> Vec<&'static str> {
    Column::iter().map(|column| column.as_str()).chain([STATUS, OVERDUE]).collect()
}

/// Requirements that still apply.
pub(crate) fn in_force() -> Condition {
    Expr::col((Entity, Column::RetiredAt)).is_null().into_condition()
}

/// A number that grows with the risk.
pub(crate) fn risk_rank() -> Expr {
    let mut rank = CaseStatement::new();
    for (place, level) in RiskLevel::iter().enumerate() {
        rank = rank.case(Expr::col(Column::Risk).eq(level), Expr::val(place as i32));
    }
    rank.into()
}
