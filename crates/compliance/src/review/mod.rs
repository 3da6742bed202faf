//! Reviews: someone checked whether a requirement is met.

pub(crate) mod entity;
pub(crate) mod rules;

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// What a review found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewOutcome {
    /// The requirement is met.
    Compliant,
    /// The requirement is not met.
    NonCompliant,
    /// It could not be decided yet.
    Pending,
}
