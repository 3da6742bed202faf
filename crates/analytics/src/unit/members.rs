//! The locations that belong to units, as common tables of a statement.
//!
//! A statement over any number of units of all levels starts with `target` (the units asked for that the
//! caller may see figures of) and `member` (each unit with each location in it, a location with itself).

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, IntoIden, Query, SelectStatement, UnionType, WithClause,
};
use sea_orm::{ActiveEnum, ColumnTrait, DeriveIden, ExprTrait};
use subgraph::caller::Scope;
use subgraph::directory::{UnitKind, unit};
use uuid::Uuid;

/// The common table of units asked for.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Target {
    Table,
    Id,
    Kind,
    NetworkId,
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
    let targets = Query::select()
        .columns([unit::Column::Id, unit::Column::Kind, unit::Column::NetworkId])
        .from(unit::Entity)
        .and_where(unit::Column::Id.is_in(units.iter().copied()))
        .cond_where(scope.units())
        .to_owned();
    common_tables_of(targets)
}

/// The common tables for units that a statement over [`unit`] selects by id, kind and network.
pub(crate) fn common_tables_of(targets: SelectStatement) -> WithClause {
    let mut target = CommonTableExpression::new();
    target.table_name(Target::Table).columns([Target::Id, Target::Kind, Target::NetworkId]).query(targets);
    let mut member = CommonTableExpression::new();
    member.table_name(Member::Table).columns([Member::UnitId, Member::LocationId]).query(members());
    WithClause::new().cte(target).cte(member).to_owned()
}

/// One branch for each level, so that each uses the index of its column.
fn members() -> SelectStatement {
    let mut statement = locations_below(UnitKind::Network, unit::Column::NetworkId);
    for (kind, column) in [
        (UnitKind::Region, unit::Column::RegionId),
        (UnitKind::Group, unit::Column::GroupId),
        (UnitKind::Location, unit::Column::Id),
    ] {
        statement.union(UnionType::All, locations_below(kind, column));
    }
    statement
}

fn locations_below(kind: UnitKind, column: unit::Column) -> SelectStatement {
    let location = Alias::new("location").into_iden();
    Query::select()
        .column((Target::Table, Target::Id))
        .column((location.clone(), unit::Column::Id))
        .from(Target::Table)
        .join_as(
            sea_orm::JoinType::InnerJoin,
            unit::Entity,
            location.clone(),
            Expr::col((location.clone(), column)).equals((Target::Table, Target::Id)),
        )
        .and_where(Expr::col((Target::Table, Target::Kind)).eq(kind.to_value()))
        .and_where(Expr::col((location, unit::Column::Kind)).eq(UnitKind::Location.to_value()))
        .to_owned()
}
