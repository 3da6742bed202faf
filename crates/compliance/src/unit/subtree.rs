//! What counts for each of many units: SQL that assigns requirements to the units they are on or below.
//!
//! A requirement counts for its own unit and for every unit above it. For any set of units, of any levels, one
//! statement reads the requirements once (the common table [`STATE`]) and repeats each for the units of the set
//! that it counts for ([`owned`]). Joined to [`visible`], a unit in scope without requirements still has a row,
//! and a unit out of scope has none.

use async_graphql::ID;
use sea_orm::sea_query::{
    CommonTableExpression, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType,
    WithClause,
};
use sea_orm::{ColumnTrait, Iterable};
use subgraph::caller::Scope;
use subgraph::directory::{UnitKind, unit};
use subgraph::error::{Error, Result};
use uuid::Uuid;

use crate::requirement::state::{GROUP, KIND, REGION};

/// The common table: a statement over `requirement::state::select`, narrowed by [`below_any`].
pub(crate) const STATE: &str = "state";

/// The unit of the set that a row counts for.
pub(crate) const OWNER: &str = "owner_id";

/// The column of [`per_unit`] with the unit.
pub(crate) const UNIT: &str = "visible_id";

/// The column of [`STATE`] with the unit of a level.
fn level(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Network => "network_id",
        UnitKind::Region => REGION,
        UnitKind::Group => GROUP,
        UnitKind::Location => "unit_id",
    }
}

/// Rows on or below any of some units, in terms of the directory's table.
pub(crate) fn below_any(units: &[Uuid]) -> Condition {
    let mut any = Condition::any();
    for column in [unit::Column::NetworkId, unit::Column::RegionId, unit::Column::GroupId, unit::Column::Id] {
        any = any.add(column.is_in(units.iter().copied()));
    }
    any
}

/// Selects columns of [`STATE`] with the [`OWNER`] among some units: a row for each owner.
pub(crate) fn owned(units: &[Uuid], columns: &[&'static str]) -> SelectStatement {
    let mut branches = UnitKind::iter().map(|kind| {
        let owner = Expr::col(level(kind));
        let mut branch = Query::select();
        branch
            .expr_as(owner.clone(), OWNER)
            .columns(columns.iter().copied())
            .from(STATE)
            .and_where(owner.is_in(units.iter().copied()));
        if kind == UnitKind::Location {
            // The own id of a unit above is in the column of its own level already.
            branch.and_where(Expr::col(KIND).eq(kind));
        }
        branch
    });
    let mut all = branches.next().unwrap_or_default();
    for branch in branches {
        all.union(UnionType::All, branch);
    }
    all
}

/// Selects from the units in scope among some, each with its rows of `owned` (that has an [`OWNER`]) or nulls;
/// `tables` are the common tables that `owned` reads.
pub(crate) fn per_unit(
    scope: &Scope,
    units: &[Uuid],
    tables: WithClause,
    owned: SelectStatement,
) -> SelectStatement {
    let mut visible = Query::select();
    visible
        .expr_as(Expr::col(unit::Column::Id), UNIT)
        .from(unit::Entity)
        .and_where(unit::Column::Id.is_in(units.iter().copied()))
        .cond_where(scope.units());
    let mut statement = Query::select();
    statement
        .column(UNIT)
        .from_subquery(visible, "visible")
        .join_subquery(
            JoinType::LeftJoin,
            owned,
            "owned",
            Expr::col(("owned", OWNER)).equals(("visible", UNIT)),
        )
        .with_cte(tables);
    statement
}

/// `state` as the common table [`STATE`].
pub(crate) fn table(state: SelectStatement) -> WithClause {
    let mut tables = WithClause::new();
    tables.cte(named(STATE, state));
    tables
}

/// [`table`] and another common table over it.
pub(crate) fn tables(state: SelectStatement, name: &'static str, over: SelectStatement) -> WithClause {
    let mut tables = table(state);
    tables.cte(named(name, over));
    tables
}

fn named(name: &'static str, query: SelectStatement) -> CommonTableExpression {
    let mut table = CommonTableExpression::new();
    table.table_name(name).query(query);
    table
}

/// Reads an id from a client.
///
/// # Errors
/// [`Error::BadInput`] when it is not one.
pub(crate) fn parse_id(id: &ID, name: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::BadInput(format!("`{name}` is not an id this graph gave out")))
}
