//! Noticing which alerts the end of a day has raised, once, whatever number of processes look.
//!
//! Alerts are not stored: they follow from requirements and the day. So the service remembers until when it has told, and
//! what is new at an instant are the alerts of the days that have ended since, in the time zone of each unit. Whoever
//! tells holds the row that says until when.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel, QuerySelect,
};
use subgraph::changes::{self, Feed, NewChange, Recorded};
use subgraph::database::begin;
use subgraph::directory::unit;
use subgraph::error::Result;
use uuid::Uuid;

use super::id::AlertId;
use super::rule::AlertRule;
use crate::calendar::{Calendar, Clock};
use crate::requirement::entity::{Column, Entity};
use crate::requirement::state;

/// What the log of changes calls an alert.
pub(super) const ENTITY: &str = "ALERT";

const CAUSE: &str = "alert_cause_on";

/// The table that says until when is told.
pub(crate) mod mark {
    use sea_orm::entity::prelude::*;

    /// The only row of `alert_watch`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "alert_watch")]
    pub(crate) struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// The alerts of days that had ended by then are told.
        pub told_until: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An alert that has come to be.
#[derive(FromQueryResult)]
struct New {
    id: Uuid,
    network_id: Uuid,
    unit_id: Uuid,
    lapses: i32,
    alert_cause_on: NaiveDate,
}

/// Tells again and again, soon after each minute has begun: days end with one. Never returns.
pub(crate) async fn keep_telling(database: DatabaseConnection, feed: Arc<Feed>) {
    loop {
        match tell(&database, Clock::System).await {
            Ok(recorded) => feed.announce(&recorded),
            Err(error) => {
                tracing::warn!(%error, "cannot tell which alerts the end of a day has raised; will try again");
            }
        }
        tokio::time::sleep(to_next_minute(Utc::now())).await;
    }
}

fn to_next_minute(now: DateTime<Utc>) -> Duration {
    const MINUTE: i64 = 60_000;
    let past = now.timestamp_millis().rem_euclid(MINUTE);
    Duration::from_millis(MINUTE.saturating_sub(past).unsigned_abs())
}

/// Tells followers of the alerts that were raised since the last time because days have ended.
///
/// # Errors
/// When a statement fails; nothing is told then, and the next time tells it.
pub async fn tell(database: &DatabaseConnection, clock: Clock) -> Result<Recorded> {
    let now = Calendar::new(clock);
    if since(told_until(database, false).await?, &now).is_none() {
        return Ok(Recorded::default());
    }
    let transaction = begin(database).await?;
    // Another process may have told meanwhile.
    let row = told_until(&transaction, true).await?;
    let Some(before) = since(row.clone(), &now) else { return Ok(Recorded::default()) };
    let mut told = Vec::new();
    for (rule, ended) in
        [(AlertRule::Overdue, Column::DueOn), (AlertRule::ReviewPassed, Column::NextReviewOn)]
    {
        told.extend(raised(&transaction, rule, ended, &before, &now).await?);
    }
    let row = mark::Model { told_until: now.now, ..row };
    row.into_active_model().reset_all().update(&transaction).await?;
    let recorded = changes::record(&transaction, told).await?;
    transaction.commit().await?;
    Ok(recorded)
}

async fn told_until<C: ConnectionTrait>(connection: &C, lock: bool) -> Result<mark::Model, DbErr> {
    let mut row = mark::Entity::find_by_id(1);
    if lock {
        row = row.lock_exclusive();
    }
    row.one(connection).await?.ok_or_else(|| DbErr::RecordNotFound("alert_watch".to_owned()))
}

/// The days until which is told, if any has ended since.
fn since(row: mark::Model, now: &Calendar) -> Option<Calendar> {
    let before = Calendar::new(Clock::At(row.told_until));
    (before.now < now.now && before.days != now.days).then_some(before)
}

/// The alerts that a rule raises because the day in a column has ended in between.
async fn raised<C: ConnectionTrait>(
    connection: &C,
    rule: AlertRule,
    ended: Column,
    before: &Calendar,
    now: &Calendar,
) -> Result<Vec<NewChange>, DbErr> {
    let had_not_ended = Expr::col((Entity, ended)).gte(before.today((unit::Entity, unit::Column::TimeZone)));
    let narrow = Condition::all().add(state::in_force()).add(had_not_ended);
    let mut statement = Query::select();
    statement
        .columns([Column::Id, Column::NetworkId, Column::UnitId, Column::Lapses])
        .expr_as(rule.cause(), CAUSE)
        .from_subquery(state::select_any(now, narrow), "state")
        .cond_where(rule.raises())
        .order_by(Column::Id, Order::Asc);
    let rows = connection.query_all(&statement).await?;
    rows.iter().map(|row| Ok(New::from_query_result(row, "")?.told(rule))).collect()
}

impl New {
    fn told(self, rule: AlertRule) -> NewChange {
        let alert =
            AlertId { requirement: self.id, rule, cause_on: self.alert_cause_on, lapses: self.lapses };
        NewChange {
            network_id: self.network_id,
            entity: ENTITY,
            entity_id: self.id,
            unit_id: self.unit_id,
            former_unit_id: None,
            kind: rule.to_value(),
            // By the log's own clock: how long a change is kept does not depend on another.
            occurred_at: Utc::now(),
            detail: Some(alert.encode().0.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_look_is_when_the_minute_is_over() {
        for (now, millis) in
            [("12:00:00Z", 60_000), ("12:00:00.250Z", 59_750), ("12:00:59Z", 1000), ("12:00:59.999Z", 1)]
        {
            let now: DateTime<Utc> = format!("2024-06-15T{now}").parse().unwrap();
            assert_eq!(to_next_minute(now), Duration::from_millis(millis), "{now}");
        }
    }
}
