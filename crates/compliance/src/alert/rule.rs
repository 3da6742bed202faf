//! The rules that raise alerts, and how severe they are.
//!
//! Source of rules and severities: the product's earlier compliance service. Overdue and not compliant; critical
//! and found non-compliant; review date passed while compliant. Critical when the risk is critical; high when
//! non-compliant or overdue; else medium.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Why an alert is raised.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlertRule {
    /// The due date has passed without a review that found the requirement met.
    Overdue,
    /// A requirement of critical risk was found not met.
    CriticalNonCompliant,
    /// The day for the next review has passed since the requirement was found met.
    ReviewPassed,
}
