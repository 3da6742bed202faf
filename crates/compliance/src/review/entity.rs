//! The table `requirement_reviews`; rows are only ever added.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entity public")]

use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::ReviewOutcome;

/// A review as stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "requirement_reviews")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub network_id: Uuid,
    pub requirement_id: Uuid,
    pub reviewer_id: Uuid,
    pub outcome: ReviewOutcome,
    pub notes: Option<String>,
    pub reviewed_on: Date,
    /// What the rule made of outcome and risk.
    pub next_review_on: Date,
    pub recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
