//! The health score of an integration: 0 (broken) to 100.
//!
//! From 100 points: 50 off when it failed or its credentials expired, or 30 off when it is switched off or
//! suspended; 40 off when it has never synchronised, else, beyond 24 hours without success, 10 off for each 24
//! hours, at most 30; 20 off while an error is on record; never below 0. Ages are measured at the last full
//! hour, so that the same question asked twice has the same answer.

use chrono::Utc;
use sea_orm::Iterable;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};

use super::entity::{Column, IntegrationStatus, Model};

/// Points taken off.
mod points {
    pub(super) const FULL: f64 = 100.0;
    pub(super) const BROKEN: f64 = 50.0;
    pub(super) const SWITCHED_OFF: f64 = 30.0;
    pub(super) const NEVER_SYNCED: f64 = 40.0;
    pub(super) const STALE_PER_DAY: f64 = 10.0;
    pub(super) const STALE_AT_MOST: f64 = 30.0;
    pub(super) const ERROR_ON_RECORD: f64 = 20.0;
}

/// Seconds after the last success from which an integration counts as stale.
const STALE_AFTER: i64 = 24 * 60 * 60;

const SECONDS_PER_DAY: f64 = 86_400.0;

const SECONDS_PER_HOUR: i64 = 3_600;

fn status_deduction(status: IntegrationStatus) -> f64 {
    match status {
        IntegrationStatus::Error | IntegrationStatus::Expired => points::BROKEN,
        IntegrationStatus::Inactive | IntegrationStatus::Suspended => points::SWITCHED_OFF,
        IntegrationStatus::Active | IntegrationStatus::Pending => 0.0,
    }
}

/// The score of one integration at a moment, in seconds since the epoch.
pub fn score(integration: &Model, now: i64) -> f64 {
    let age_deduction = match integration.last_sync_at {
        None => points::NEVER_SYNCED,
        Some(at) if now - at > STALE_AFTER => {
            ((now - at) as f64 / SECONDS_PER_DAY * points::STALE_PER_DAY).min(points::STALE_AT_MOST)
        }
        Some(_) => 0.0,
    };
    let error_deduction = if integration.last_error.is_some() { points::ERROR_ON_RECORD } else { 0.0 };
    (points::FULL - status_deduction(integration.status) - age_deduction - error_deduction).max(0.0)
}

/// The same score as SQL over the columns of `integrations`.
pub(crate) fn score_in_sql(now: i64) -> SimpleExpr {
    let column = |column: Column| Expr::col((super::entity::Entity, column));
    let mut status = CaseStatement::new();
    for value in IntegrationStatus::iter() {
        status = status.case(column(Column::Status).eq(value), number(status_deduction(value)));
    }
    let age = || Expr::val(now).sub(column(Column::LastSyncAt));
    let stale = || number(points::STALE_PER_DAY / SECONDS_PER_DAY).mul(age());
    let age = CaseStatement::new()
        .case(column(Column::LastSyncAt).is_null(), number(points::NEVER_SYNCED))
        .case(age().lte(STALE_AFTER), number(0.0))
        .case(stale().gt(number(points::STALE_AT_MOST)), number(points::STALE_AT_MOST))
        .finally(stale());
    let error = CaseStatement::new()
        .case(column(Column::LastError).is_not_null(), number(points::ERROR_ON_RECORD))
        .finally(number(0.0));
    let score = || number(points::FULL).sub(status.clone()).sub(age.clone()).sub(error.clone());
    CaseStatement::new().case(score().lt(number(0.0)), number(0.0)).finally(score()).into()
}

/// A number that both databases take as double precision: a bound parameter would take the other operand's type.
fn number(value: f64) -> SimpleExpr {
    Expr::cust(format!("CAST({value:?} AS DOUBLE PRECISION)"))
}

/// The last full hour in seconds since the epoch: the moment at which scores are taken.
pub(crate) fn last_full_hour() -> i64 {
    let now = Utc::now().timestamp();
    now - now % SECONDS_PER_HOUR
}
