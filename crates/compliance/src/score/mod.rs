//! How well units meet their requirements: one number over the whole tree below a unit.
//!
//! The score is the share of weight that is met: each requirement in force on the unit or below it weighs by its
//! risk ([`WEIGHTS`]), and counts as met when it is compliant today. A critical requirement so outweighs several
//! minor ones, and a unit's score follows from its requirements alone, however the tree above them is cut.

mod store;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

pub(crate) use store::{Counts, CountsAt};
use subgraph::sdl::directives::{cache_control, list_size};

use crate::requirement::kinds::{ComplianceStatus, RiskLevel};

/// What a requirement weighs in the score, by risk: each level twice the one below. An assumption of this
/// product, shown with every score.
const WEIGHTS: [(RiskLevel, i32); 4] =
    [(RiskLevel::Low, 1), (RiskLevel::Medium, 2), (RiskLevel::High, 4), (RiskLevel::Critical, 8)];

/// How well a unit and the units below it meet their requirements today, each in its own time zone.
///
/// The score is 100 times the weight of the compliant requirements over the weight of all requirements in force;
/// a requirement weighs by its risk, see `weights`.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct ComplianceScore {
    /// Percent, 0..100, rounded to two decimals; null when there is nothing to score, see `reason`.
    score: Option<f64>,
    /// Why there is no score; null when there is one.
    reason: Option<NoScoreReason>,
    /// The weight of the compliant requirements.
    compliant_weight: i32,
    /// The weight of all requirements in force.
    total_weight: i32,
    /// What a requirement weighs.
    #[graphql(directive = list_size::apply(Some(WEIGHTS.len() as i32), None, None, None))]
    weights: Vec<RiskWeight>,
    /// How many requirements there are, by status.
    counts: ComplianceCounts,
    /// The highest risk among requirements that are not compliant; null when all are.
    worst_risk: Option<RiskLevel>,
    /// The instant at which "today" was taken.
    as_of: DateTime<Utc>,
}

/// Why a unit has no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum NoScoreReason {
    /// No requirement is in force on the unit or below it.
    NoRequirements,
}

/// What a requirement weighs in a score.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct RiskWeight {
    /// The requirement's risk.
    risk: RiskLevel,
    /// Its weight.
    weight: i32,
}

/// Numbers of requirements in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct ComplianceCounts {
    /// All.
    total: i32,
    /// Found met by a review that still holds.
    compliant: i32,
    /// Found not met by the latest review.
    non_compliant: i32,
    /// Never reviewed, or the latest review could not decide.
    pending: i32,
    /// Found met by a review that no longer holds.
    expired: i32,
    /// Past their due date without a review that found them met; also counted as non-compliant or pending.
    overdue: i32,
}

impl ComplianceScore {
    pub(crate) fn new(rows: Counts, as_of: DateTime<Utc>) -> Self {
        let mut score = Self {
            score: None,
            reason: None,
            compliant_weight: 0,
            total_weight: 0,
            weights: WEIGHTS.map(|(risk, weight)| RiskWeight { risk, weight }).to_vec(),
            counts: ComplianceCounts::default(),
            worst_risk: None,
            as_of,
        };
        for row in rows.iter() {
            score.add(row);
        }
        if score.total_weight == 0 {
            score.reason = Some(NoScoreReason::NoRequirements);
        } else {
            let share = f64::from(score.compliant_weight) / f64::from(score.total_weight);
            score.score = Some((share * 10_000.0).round() / 100.0);
        }
        score
    }

    fn add(&mut self, row: &store::Count) {
        let weight = WEIGHTS.into_iter().find(|(risk, _)| *risk == row.risk).map_or(0, |(_, weight)| weight);
        self.total_weight += weight * row.number;
        self.counts.total += row.number;
        if row.overdue {
            self.counts.overdue += row.number;
        }
        if row.status == ComplianceStatus::Compliant {
            self.compliant_weight += weight * row.number;
        } else {
            self.worst_risk = self.worst_risk.max(Some(row.risk));
        }
        *match row.status {
            ComplianceStatus::Compliant => &mut self.counts.compliant,
            ComplianceStatus::NonCompliant => &mut self.counts.non_compliant,
            ComplianceStatus::Pending => &mut self.counts.pending,
            ComplianceStatus::Expired => &mut self.counts.expired,
        } += row.number;
    }
}
