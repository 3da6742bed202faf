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

/// Points taken off, in whole parts of a point ([`PARTS`]): sums of whole numbers are the same in any order and
/// on any database.
mod points {
    use super::PARTS;

    pub(super) const FULL: i64 = 100 * PARTS;
    pub(super) const BROKEN: i64 = 50 * PARTS;
    pub(super) const SWITCHED_OFF: i64 = 30 * PARTS;
    pub(super) const NEVER_SYNCED: i64 = 40 * PARTS;
    pub(super) const STALE_PER_DAY: i64 = 10 * PARTS;
    pub(super) const STALE_AT_MOST: i64 = 30 * PARTS;
    pub(super) const ERROR_ON_RECORD: i64 = 20 * PARTS;
}

/// Parts of a point: as many as make a second of staleness a whole number of them.
pub(crate) const PARTS: i64 = 8_640;

/// Seconds after the last success from which an integration counts as stale.
const STALE_AFTER: i64 = 24 * 60 * 60;

const STALE_PER_SECOND: i64 = points::STALE_PER_DAY / 86_400;

const SECONDS_PER_HOUR: i64 = 3_600;

fn status_deduction(status: IntegrationStatus) -> i64 {
    match status {
        IntegrationStatus::Error | IntegrationStatus::Expired => points::BROKEN,
        IntegrationStatus::Inactive | IntegrationStatus::Suspended => points::SWITCHED_OFF,
        IntegrationStatus::Active | IntegrationStatus::Pending => 0,
    }
}

/// The score of one integration at a moment, in seconds since the epoch.
pub fn score(integration: &Model, now: i64) -> f64 {
    let age_deduction = match integration.last_sync_at {
        None => points::NEVER_SYNCED,
        Some(at) if now - at > STALE_AFTER => {
            Ord::min((now - at).saturating_mul(STALE_PER_SECOND), points::STALE_AT_MOST)
        }
        Some(_) => 0,
    };
    let error_deduction = if integration.last_error.is_some() { points::ERROR_ON_RECORD } else { 0 };
    let left = points::FULL - status_deduction(integration.status) - age_deduction - error_deduction;
    mean(Ord::max(left, 0), 1)
}

/// The mean score of integrations with some parts of points together.
#[expect(clippy::cast_precision_loss, reason = "scores leave the service as floating point")]
pub(crate) fn mean(parts: i64, integrations: i64) -> f64 {
    parts as f64 / (integrations * PARTS) as f64
}

/// The same score as SQL over the columns of `integrations`, in parts of a point.
pub(crate) fn parts_in_sql(now: i64) -> SimpleExpr {
    let column = |column: Column| Expr::col((super::entity::Entity, column));
    let mut status = CaseStatement::new();
    for value in IntegrationStatus::iter() {
        status = status.case(column(Column::Status).eq(value), whole(status_deduction(value)));
    }
    let age = || Expr::val(now).sub(column(Column::LastSyncAt));
    let stale = || age().mul(whole(STALE_PER_SECOND));
    let age = CaseStatement::new()
        .case(column(Column::LastSyncAt).is_null(), whole(points::NEVER_SYNCED))
        .case(age().lte(STALE_AFTER), whole(0))
        .case(stale().gt(whole(points::STALE_AT_MOST)), whole(points::STALE_AT_MOST))
        .finally(stale());
    let error = CaseStatement::new()
        .case(column(Column::LastError).is_not_null(), whole(points::ERROR_ON_RECORD))
        .finally(whole(0));
    let score = || whole(points::FULL).sub(status.clone()).sub(age.clone()).sub(error.clone());
    CaseStatement::new().case(score().lt(whole(0)), whole(0)).finally(score()).into()
}

/// A number that both databases take as a 64-bit integer: a bound parameter would take the other operand's type.
fn whole(value: i64) -> SimpleExpr {
    Expr::cust(format!("CAST({value} AS BIGINT)"))
}

/// The last full hour in seconds since the epoch: the moment at which scores are taken.
pub(crate) fn last_full_hour() -> i64 {
    let now = Utc::now().timestamp();
    now - now % SECONDS_PER_HOUR
}
