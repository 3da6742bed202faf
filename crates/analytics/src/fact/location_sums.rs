//! Sums of facts by location, as a common table of a statement.
//!
//! Facts are clustered by location and day, so each part is summed in the order it is stored, without sorting
//! facts; and a location is summed once, however many of the units asked for it belongs to. Currencies are not
//! part of the order: a location's row says the first and the last of its part, which are the same unless the
//! location changed its currency within it.

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, Func, IntoIden, Query, SelectStatement, UnionType,
};
use sea_orm::{DeriveIden, ExprTrait};

use super::entity::{Column, Entity};
use crate::period::Window;
use crate::unit::members::Member;

/// The common table: `days`, the measures, and what they are of.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum LocationSums {
    Table,
    LocationId,
    Part,
    LowCurrency,
    HighCurrency,
    Days,
}

/// Sums of the facts of the locations in `member`, by location and part.
pub(crate) fn common_table(parts: &[(i64, Window)]) -> CommonTableExpression {
    let mut table = CommonTableExpression::new();
    // PostgreSQL would put a common table that is used once into its place, and sum again for every member.
    table.materialized(true).table_name(LocationSums::Table).columns([
        LocationSums::LocationId,
        LocationSums::Part,
        LocationSums::LowCurrency,
        LocationSums::HighCurrency,
        LocationSums::Days,
    ]);
    table.columns(Column::MEASURES);
    let mut parts = parts.iter().map(|(part, window)| sums(*part, *window));
    if let Some(mut first) = parts.next() {
        first.unions(parts.map(|part| (UnionType::All, part)));
        table.query(first);
    }
    table
}

fn sums(part: i64, window: Window) -> SelectStatement {
    let bigint = || Alias::new("bigint").into_iden();
    let currency = Expr::col((Entity, Column::Currency));
    let members = Query::select().column(Member::LocationId).from(Member::Table).to_owned();
    let mut sums = Query::select();
    sums.column((Entity, Column::LocationId))
        // Parts that are bound would have no type of their own in PostgreSQL.
        .expr(Expr::val(part).cast_as(bigint()))
        .expr(Func::min(currency.clone()))
        .expr(Func::max(currency))
        .expr(Expr::col((Entity, Column::LocationId)).count())
        .exprs(Column::MEASURES.map(|column| Expr::col((Entity, column)).sum().cast_as(bigint())))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::LocationId)).in_subquery(members))
        .and_where(Expr::col((Entity, Column::Date)).between(window.from, window.to))
        .group_by_col((Entity, Column::LocationId));
    sums
}

/// The condition that joins the sums to members.
pub(crate) fn sums_of_members() -> Expr {
    Expr::col((LocationSums::Table, LocationSums::LocationId)).equals((Member::Table, Member::LocationId))
}
