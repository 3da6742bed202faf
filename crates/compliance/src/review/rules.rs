//! What a review does to its requirement: a table, so that it can be read and tested.
//!
//! Source of the periods: the product's earlier compliance service, after an update to compliant 90 days for
//! critical, 180 for high and 365 for other requirements; 30 days after any other update.

use chrono::{Days, NaiveDate};

use super::ReviewOutcome;
use crate::requirement::entity::Model as Requirement;
use crate::requirement::kinds::RiskLevel;

/// Days from a review that found a requirement met to the next one, by risk.
const DAYS_WHILE_COMPLIANT: [(RiskLevel, u64); 4] =
    [(RiskLevel::Critical, 90), (RiskLevel::High, 180), (RiskLevel::Medium, 365), (RiskLevel::Low, 365)];

/// Days from any other review to the next one.
const DAYS_OTHERWISE: u64 = 30;

/// The last day on which a review holds.
pub(crate) fn next_review_on(outcome: ReviewOutcome, risk: RiskLevel, reviewed_on: NaiveDate) -> NaiveDate {
    let days = DAYS_WHILE_COMPLIANT
        .into_iter()
        .find(|(level, _)| outcome == ReviewOutcome::Compliant && *level == risk)
        .map_or(DAYS_OTHERWISE, |(_, days)| days);
    reviewed_on.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// Takes a review over into its requirement.
pub(crate) fn apply(requirement: &mut Requirement, outcome: ReviewOutcome, reviewed_on: NaiveDate) {
    if requirement.outcome == ReviewOutcome::Compliant && outcome != ReviewOutcome::Compliant {
        requirement.lapses += 1;
        requirement.lapsed_on = Some(reviewed_on);
    }
    requirement.outcome = outcome;
    requirement.last_reviewed_on = Some(reviewed_on);
    requirement.next_review_on = Some(next_review_on(outcome, requirement.risk, reviewed_on));
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{ReviewOutcome, RiskLevel, next_review_on};

    #[test]
    fn the_next_review_depends_on_outcome_and_risk() {
        let day = NaiveDate::from_ymd_opt(2024, 1, 31).unwrap();
        for (outcome, risk, expected) in [
            (ReviewOutcome::Compliant, RiskLevel::Critical, "2024-04-30"),
            (ReviewOutcome::Compliant, RiskLevel::High, "2024-07-29"),
            (ReviewOutcome::Compliant, RiskLevel::Medium, "2025-01-30"),
            (ReviewOutcome::Compliant, RiskLevel::Low, "2025-01-30"),
            (ReviewOutcome::NonCompliant, RiskLevel::Critical, "2024-03-01"),
            (ReviewOutcome::NonCompliant, RiskLevel::Low, "2024-03-01"),
            (ReviewOutcome::Pending, RiskLevel::High, "2024-03-01"),
        ] {
            assert_eq!(next_review_on(outcome, risk, day).to_string(), expected, "{outcome:?} {risk:?}");
        }
    }
}
