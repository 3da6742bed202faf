//! Sums of facts, as the database computes them.

use sea_orm::sea_query::{Alias, Expr, IntoIden, SelectStatement};
use sea_orm::{DbErr, ExprTrait, QueryResult};

use crate::fact::entity::{Column, Entity};
use crate::fact::location_sums::LocationSums;

/// Sums over any number of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Number of facts: each is one location on one day.
    pub(crate) location_days: i64,
    /// Number of locations with facts; not additive over windows.
    pub(crate) locations: i64,
    pub(crate) revenue: i64,
    pub(crate) transactions: i64,
    pub(crate) appointments_booked: i64,
    pub(crate) appointments_completed: i64,
    pub(crate) appointments_cancelled: i64,
    pub(crate) appointments_no_show: i64,
    pub(crate) clients_served: i64,
    pub(crate) clients_new: i64,
    pub(crate) clients_returning: i64,
    pub(crate) chair_minutes_available: i64,
    pub(crate) chair_minutes_booked: i64,
    pub(crate) staff_minutes: i64,
    pub(crate) satisfaction_sum: i64,
    pub(crate) satisfaction_count: i64,
}

/// PostgreSQL sums 64-bit integers as numeric.
fn bigint(sum: Expr) -> Expr {
    sum.cast_as(Alias::new("bigint").into_iden())
}

impl Sums {
    /// Adds sums over `daily_facts` to what a statement selects.
    pub(crate) fn select_facts(statement: &mut SelectStatement) {
        let location = Expr::col((Entity, Column::LocationId));
        statement.expr(location.clone().count()).expr(location.count_distinct());
        statement.exprs(Column::MEASURES.map(|column| bigint(Expr::col((Entity, column)).sum())));
    }

    /// Adds sums over [`LocationSums`] to what a statement selects, in the same order.
    pub(crate) fn select_locations(statement: &mut SelectStatement) {
        let column = |column| Expr::col((LocationSums::Table, column));
        statement
            .expr(bigint(column(LocationSums::Days).sum()))
            .expr(column(LocationSums::LocationId).count())
            .exprs(Column::MEASURES.map(|column| bigint(Expr::col((LocationSums::Table, column)).sum())));
    }

    /// Reads them from a row, from a position on. A row without facts has sums of zero.
    pub(crate) fn read(row: &QueryResult, first: usize) -> Result<Self, DbErr> {
        let at = |offset: usize| {
            row.try_get_by_index::<Option<i64>>(first + offset).map(Option::unwrap_or_default)
        };
        Ok(Self {
            location_days: at(0)?,
            locations: at(1)?,
            revenue: at(2)?,
            transactions: at(3)?,
            appointments_booked: at(4)?,
            appointments_completed: at(5)?,
            appointments_cancelled: at(6)?,
            appointments_no_show: at(7)?,
            clients_served: at(8)?,
            clients_new: at(9)?,
            clients_returning: at(10)?,
            chair_minutes_available: at(11)?,
            chair_minutes_booked: at(12)?,
            staff_minutes: at(13)?,
            satisfaction_sum: at(14)?,
            satisfaction_count: at(15)?,
        })
    }

    /// Adds other sums to these.
    pub(crate) fn add(&mut self, other: &Self) {
        self.location_days += other.location_days;
        self.locations += other.locations;
        self.revenue += other.revenue;
        self.transactions += other.transactions;
        self.appointments_booked += other.appointments_booked;
        self.appointments_completed += other.appointments_completed;
        self.appointments_cancelled += other.appointments_cancelled;
        self.appointments_no_show += other.appointments_no_show;
        self.clients_served += other.clients_served;
        self.clients_new += other.clients_new;
        self.clients_returning += other.clients_returning;
        self.chair_minutes_available += other.chair_minutes_available;
        self.chair_minutes_booked += other.chair_minutes_booked;
        self.staff_minutes += other.staff_minutes;
        self.satisfaction_sum += other.satisfaction_sum;
        self.satisfaction_count += other.satisfaction_count;
    }
}
