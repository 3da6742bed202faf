//! The rules that raise alerts, and how severe they are.
//!
//! Source of rules and severities: the product's earlier compliance service. Overdue and not compliant; critical
//! and found non-compliant; review date passed while compliant. Critical when the risk is critical; high when
//! non-compliant or overdue; else medium.

use async_graphql::Enum;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use crate::requirement::entity::Column;
use crate::requirement::kinds::{ComplianceStatus, RiskLevel};
use crate::requirement::state::{OVERDUE, STATUS};

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

/// How urgent an alert is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, EnumIter)]
pub(crate) enum AlertSeverity {
    /// Plan it.
    Medium,
    /// Do it now: something is not met or late.
    High,
    /// Do it now: the unit may have to close.
    Critical,
}

impl AlertRule {
    /// When the rule raises an alert, in terms of the columns of a requirement's state.
    pub(crate) fn raises(self) -> Condition {
        let all = Condition::all();
        match self {
            Self::Overdue => all.add(Expr::col(OVERDUE).eq(true)),
            Self::CriticalNonCompliant => all
                .add(Expr::col(Column::Risk).eq(RiskLevel::Critical))
                .add(Expr::col(STATUS).eq(ComplianceStatus::NonCompliant)),
            Self::ReviewPassed => all.add(Expr::col(STATUS).eq(ComplianceStatus::Expired)),
        }
    }

    /// The day from which the alert is raised: the day after which, or the review by which. Overdue starts anew
    /// when a review ends compliance after the due date.
    pub(crate) fn cause(self) -> Expr {
        match self {
            Self::Overdue => Expr::case(
                Expr::col(Column::LapsedOn).gt(Expr::col(Column::DueOn)),
                Expr::col(Column::LapsedOn),
            )
            .finally(Expr::col(Column::DueOn))
            .into(),
            Self::CriticalNonCompliant => Expr::col(Column::LastReviewedOn),
            Self::ReviewPassed => Expr::col(Column::NextReviewOn),
        }
    }

    /// The severity as a number that grows with it.
    pub(crate) fn severity(self) -> Expr {
        let otherwise = match self {
            Self::Overdue | Self::CriticalNonCompliant => AlertSeverity::High,
            Self::ReviewPassed => AlertSeverity::Medium,
        };
        Expr::case(Expr::col(Column::Risk).eq(RiskLevel::Critical), Expr::val(AlertSeverity::Critical as i32))
            .finally(Expr::val(otherwise as i32))
            .into()
    }
}
