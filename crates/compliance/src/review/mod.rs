//! Reviews: someone checked whether a requirement is met.

pub(crate) mod entity;
pub(crate) mod loader;
pub(crate) mod mutation;
pub(crate) mod rules;

use async_graphql::{Enum, ID, Object};
use chrono::{DateTime, Utc};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use subgraph::date::Date;

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

/// A check of a requirement by a person. Reviews are never changed or removed.
#[derive(Clone, Debug)]
pub(crate) struct Review(pub(crate) entity::Model);

/// A check of a requirement by a person. Reviews are never changed or removed.
#[Object]
impl Review {
    /// Identifies the review.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What was found.
    async fn outcome(&self) -> ReviewOutcome {
        self.0.outcome
    }

    /// What the reviewer noted.
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
    }

    /// The person who reviewed.
    async fn reviewer_id(&self) -> ID {
        self.0.reviewer_id.into()
    }

    /// The day of the review at the unit.
    async fn reviewed_on(&self) -> Date {
        Date(self.0.reviewed_on)
    }

    /// The last day on which it holds.
    async fn next_review_date(&self) -> Date {
        Date(self.0.next_review_on)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }
}
