//! The table `alert_acknowledgements`: who has taken note of which cause of an alert.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entity public")]

use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::rule::AlertRule;

/// An acknowledgement. Its key names the cause, so that a later cause is not hidden by it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "alert_acknowledgements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub requirement_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub rule: AlertRule,
    #[sea_orm(primary_key, auto_increment = false)]
    pub cause_on: Date,
    /// The requirement's `lapses` when the alert was raised.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lapses: i32,
    pub network_id: Uuid,
    pub person_id: Uuid,
    pub note: Option<String>,
    pub acknowledged_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
