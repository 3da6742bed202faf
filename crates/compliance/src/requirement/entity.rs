//! The table `requirements`.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entity public")]

use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::kinds::{Jurisdiction, RequirementType, RiskLevel};
use super::penalty::Penalties;
use crate::review::ReviewOutcome;

/// A requirement as stored: what people and reviews said. What dates make of it is in `state`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "requirements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub network_id: Uuid,
    pub unit_id: Uuid,
    pub jurisdiction: Jurisdiction,
    pub requirement_type: RequirementType,
    pub name: String,
    pub description: Option<String>,
    pub risk: RiskLevel,
    #[sea_orm(column_type = "Json")]
    pub penalties: Penalties,
    /// The last day on which it may be met for the first time.
    pub due_on: Option<Date>,
    /// The last day on which the latest review holds.
    pub next_review_on: Option<Date>,
    pub last_reviewed_on: Option<Date>,
    /// Of the latest review; `PENDING` before the first.
    pub outcome: ReviewOutcome,
    /// The day of the review that last ended compliance.
    pub lapsed_on: Option<Date>,
    /// How often a review ended compliance: tells one episode of an alert from the next.
    pub lapses: i32,
    pub retired_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
