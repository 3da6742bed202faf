//! The locations that belong to units, as common tables of a statement.
//!
//! A statement over any number of units of all levels starts with `target` (the units asked for that the
//! caller may see figures of) and `member` (each unit with each location in it, a location with itself).

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Condition, DynIden, Expr, IntoIden, Query, SelectStatement, UnionType,
    WithClause,
};
use sea_orm::{ActiveEnum, ColumnTrait, DeriveIden, ExprTrait, JoinType};
use subgraph::caller::Scope;
use subgraph::directory::{UnitKind, unit};
use uuid::Uuid;

use crate::fact::entity::{Column, Entity};
use crate::period::Window;

/// The common table of units asked for.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Target {
    Table,
    Id,
    Kind,
    NetworkId,
    Currency,
}

/// The common table of units with their locations.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Member {
    Table,
    UnitId,
    LocationId,
}

/// The common tables for units in a scope.
pub(crate) fn common_tables(units: &[Uuid], scope: &Scope) -> WithClause {
    WithClause::new().cte(targets(units, scope)).cte(members_of(Target::Table)).to_owned()
}

/// The common table `target`.
pub(crate) fn targets(units: &[Uuid], scope: &Scope) -> CommonTableExpression {
    let targets = Query::select()
        .columns([unit::Column::Id, unit::Column::Kind, unit::Column::NetworkId, unit::Column::Currency])
        .from(unit::Entity)
        .and_where(unit::Column::Id.is_in(units.iter().copied()))
        .cond_where(scope.units())
        .to_owned();
    CommonTableExpression::new()
        .table_name(Target::Table)
        .columns([Target::Id, Target::Kind, Target::NetworkId, Target::Currency])
        .query(targets)
        .to_owned()
}

/// The common table `member` of the units in a common table that has their `id` and `kind`.
pub(crate) fn members_of(units: impl IntoIden) -> CommonTableExpression {
    let units = units.into_iden();
    CommonTableExpression::new()
        .table_name(Member::Table)
        .columns([Member::UnitId, Member::LocationId])
        .query(members(&units))
        .to_owned()
}

/// One branch for each level, so that each uses the index of its column.
fn members(units: &DynIden) -> SelectStatement {
    let mut statement = locations_below(units, UnitKind::Network, unit::Column::NetworkId);
    for (kind, column) in [
        (UnitKind::Region, unit::Column::RegionId),
        (UnitKind::Group, unit::Column::GroupId),
        (UnitKind::Location, unit::Column::Id),
    ] {
        statement.union(UnionType::All, locations_below(units, kind, column));
    }
    statement
}

fn locations_below(units: &DynIden, kind: UnitKind, column: unit::Column) -> SelectStatement {
    let location = Alias::new("location").into_iden();
    Query::select()
        .column((units.clone(), Target::Id))
        .column((location.clone(), unit::Column::Id))
        .from(units.clone())
        .join_as(
            JoinType::InnerJoin,
            unit::Entity,
            location.clone(),
            Expr::col((location.clone(), column)).equals((units.clone(), Target::Id)),
        )
        .and_where(Expr::col((units.clone(), Target::Kind)).eq(kind.to_value()))
        .and_where(Expr::col((location, unit::Column::Kind)).eq(UnitKind::Location.to_value()))
        .to_owned()
}

/// The condition that joins members to units of a common table.
pub(crate) fn members_in(units: impl IntoIden) -> Expr {
    Expr::col((Member::Table, Member::UnitId)).equals((units.into_iden(), Target::Id))
}

/// The condition that joins facts of a window to members.
pub(crate) fn facts_of_members(window: Window) -> Condition {
    Condition::all()
        .add(Expr::col((Entity, Column::LocationId)).equals((Member::Table, Member::LocationId)))
        .add(Expr::col((Entity, Column::Date)).between(window.from, window.to))
}
