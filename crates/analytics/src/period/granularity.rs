//! Cutting a window into days, weeks, months, quarters or years.

use async_graphql::Enum;
use chrono::{Datelike, Days, Months, NaiveDate};
use sea_orm::sea_query::{Alias, Expr, Func, IntoIden};
use sea_orm::{DbBackend, ExprTrait};

use super::Window;

/// The length of a series' buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub(crate) enum Granularity {
    /// Days.
    Day,
    /// ISO 8601 weeks: Monday to Sunday.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

impl Granularity {
    /// The first day of the bucket a day belongs to.
    pub(crate) fn start(self, date: NaiveDate) -> Option<NaiveDate> {
        let month = date.with_day(1)?;
        match self {
            Self::Day => Some(date),
            Self::Week => date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())),
            Self::Month => Some(month),
            Self::Quarter => month.with_month0(month.month0() / 3 * 3),
            Self::Year => month.with_month0(0),
        }
    }

    /// The first day of the bucket after one that starts on a day.
    fn next(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.succ_opt(),
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Quarter => start.checked_add_months(Months::new(3)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }

    /// The buckets a window touches, in order, each with the first day of the whole bucket and the days of it
    /// that are in the window.
    pub(crate) fn buckets(self, window: Window) -> impl Iterator<Item = (NaiveDate, Window)> {
        let mut start = self.start(window.from);
        std::iter::from_fn(move || {
            let first = start.filter(|first| *first <= window.to)?;
            start = self.next(first);
            let last = start.and_then(|next| next.pred_opt()).unwrap_or(window.to);
            Some((first, Window { from: Ord::max(first, window.from), to: Ord::min(last, window.to) }))
        })
    }

    /// The same first day, as an expression over a date column.
    pub(crate) fn expression(self, date: Expr, backend: DbBackend) -> Expr {
        if self == Self::Day {
            return date;
        }
        if backend == DbBackend::Sqlite { self.on_sqlite(date) } else { self.on_postgres(date) }
    }

    /// SQLite's date modifiers: `weekday 0` moves on to the next Sunday unless it is one.
    fn on_sqlite(self, date: Expr) -> Expr {
        let call = Func::cust("date").arg(date.clone());
        match self {
            Self::Day => date,
            Self::Week => call.arg(Expr::cust("'weekday 0'")).arg(Expr::cust("'-6 days'")).into(),
            Self::Month => call.arg(Expr::cust("'start of month'")).into(),
            Self::Quarter => {
                let months = Expr::cust_with_expr(
                    "'-' || ((CAST(strftime('%m', ?) AS INTEGER) - 1) % 3) || ' months'",
                    date,
                );
                call.arg(Expr::cust("'start of month'")).arg(months).into()
            }
            Self::Year => call.arg(Expr::cust("'start of year'")).into(),
        }
    }

    fn on_postgres(self, date: Expr) -> Expr {
        let unit = match self {
            Self::Day => "'day'",
            Self::Week => "'week'",
            Self::Month => "'month'",
            Self::Quarter => "'quarter'",
            Self::Year => "'year'",
        };
        let timestamp = date.cast_as(Alias::new("timestamp").into_iden());
        let start = Func::cust("date_trunc").arg(Expr::cust(unit)).arg(timestamp);
        Expr::from(start).cast_as(Alias::new("date").into_iden())
    }
}
