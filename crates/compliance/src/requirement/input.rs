//! What clients may say about a requirement, and its limits.

use std::ops::RangeInclusive;

use async_graphql::{ID, InputObject, MaybeUndefined};
use subgraph::date::Date;
use subgraph::money::is_current_currency;
use subgraph::mutation::{Checks, Refusal};

use super::entity::Model;
use super::kinds::{Jurisdiction, RequirementType, RiskLevel};
use super::penalty::{Penalties, PenaltyInput, PenaltyRow};
use crate::review::rules;

/// The longest name, in characters.
const MAX_NAME: usize = 255;

/// The longest description, note or other text, in characters.
pub(crate) const MAX_TEXT: usize = 4_000;

/// The longest description of a penalty, in characters.
const MAX_PENALTY: usize = 1_000;

/// The most penalties of a requirement.
const MAX_PENALTIES: usize = 10;

/// The years that a date may be in.
pub(crate) const YEARS: RangeInclusive<i32> = 2000..=2199;

/// A requirement to enter.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateRequirementInput {
    /// The unit that has to meet it.
    pub(crate) unit_id: ID,
    /// Whose rule it is.
    pub(crate) jurisdiction: Jurisdiction,
    /// What it is about.
    #[graphql(name = "type")]
    pub(crate) requirement_type: RequirementType,
    /// A short name; at most 255 characters.
    pub(crate) name: String,
    /// What has to be done; at most 4,000 characters.
    pub(crate) description: Option<String>,
    /// How bad it is when it is not met.
    #[graphql(default_with = "RiskLevel::Medium")]
    pub(crate) risk: RiskLevel,
    /// What not meeting it may cost; at most 10.
    #[graphql(default)]
    pub(crate) penalties: Vec<PenaltyInput>,
    /// The last day on which it may be met for the first time, in the unit's time zone.
    pub(crate) due_date: Option<Date>,
    /// The day by which it should be reviewed first.
    pub(crate) next_review_date: Option<Date>,
}

/// Changes to a requirement; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateRequirementInput {
    /// Whose rule it is.
    pub(crate) jurisdiction: Option<Jurisdiction>,
    /// What it is about.
    #[graphql(name = "type")]
    pub(crate) requirement_type: Option<RequirementType>,
    /// A short name; at most 255 characters.
    pub(crate) name: Option<String>,
    /// What has to be done; at most 4,000 characters. Null removes it.
    pub(crate) description: MaybeUndefined<String>,
    /// How bad it is when it is not met. A higher risk may bring the next review forward.
    pub(crate) risk: Option<RiskLevel>,
    /// What not meeting it may cost; at most 10. Replaces all.
    pub(crate) penalties: Option<Vec<PenaltyInput>>,
    /// The last day on which it may be met for the first time. Null removes it.
    pub(crate) due_date: MaybeUndefined<Date>,
    /// The day by which it should be reviewed next: once reviewed, at most as late as the latest review holds.
    pub(crate) next_review_date: MaybeUndefined<Date>,
}

fn check_penalties(checks: &mut Checks, penalties: &[PenaltyInput]) -> Penalties {
    if penalties.len() > MAX_PENALTIES {
        checks.refuse("input.penalties", format!("at most {MAX_PENALTIES}, not {}", penalties.len()));
    }
    let rows = penalties.iter().enumerate().map(|(place, penalty)| {
        let field = |name: &str| format!("input.penalties.{place}.{name}");
        let description = checks.text(&field("description"), &penalty.description, MAX_PENALTY);
        let amount = penalty.amount.as_ref().map(|money| {
            if money.amount_minor.0 < 0 {
                checks.refuse(&field("amount.amountMinor"), "must not be negative");
            }
            if !is_current_currency(&money.currency) {
                checks.refuse(&field("amount.currency"), "must be an ISO 4217 code such as `USD`");
            }
            (money.amount_minor.0, money.currency.clone())
        });
        PenaltyRow { description, amount }
    });
    Penalties(rows.take(MAX_PENALTIES).collect())
}

impl CreateRequirementInput {
    /// Fills a new row from the input.
    pub(crate) fn fill(&self, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        row.jurisdiction = self.jurisdiction;
        row.requirement_type = self.requirement_type;
        row.name = checks.text("input.name", &self.name, MAX_NAME);
        row.description = checks.optional_text("input.description", self.description.as_deref(), MAX_TEXT);
        row.risk = self.risk;
        row.penalties = check_penalties(&mut checks, &self.penalties);
        row.due_on = self.due_date.map(|date| checks.date("input.dueDate", date, YEARS));
        row.next_review_on =
            self.next_review_date.map(|date| checks.date("input.nextReviewDate", date, YEARS));
        checks.finish()
    }
}

impl UpdateRequirementInput {
    /// Applies the changes to a row.
    pub(crate) fn apply(&self, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        row.jurisdiction = self.jurisdiction.unwrap_or(row.jurisdiction);
        row.requirement_type = self.requirement_type.unwrap_or(row.requirement_type);
        row.risk = self.risk.unwrap_or(row.risk);
        if let Some(name) = &self.name {
            row.name = checks.text("input.name", name, MAX_NAME);
        }
        if !self.description.is_undefined() {
            let description = self.description.value().map(String::as_str);
            row.description = checks.optional_text("input.description", description, MAX_TEXT);
        }
        if let Some(penalties) = &self.penalties {
            row.penalties = check_penalties(&mut checks, penalties);
        }
        if !self.due_date.is_undefined() {
            row.due_on = self.due_date.value().map(|date| checks.date("input.dueDate", *date, YEARS));
        }
        if !self.next_review_date.is_undefined() {
            row.next_review_on =
                self.next_review_date.value().map(|date| checks.date("input.nextReviewDate", *date, YEARS));
        }
        self.keep_review(row, &mut checks);
        checks.finish()
    }

    /// A review holds no longer than the rule says, whatever is planned.
    fn keep_review(&self, row: &mut Model, checks: &mut Checks) {
        let Some(reviewed_on) = row.last_reviewed_on else { return };
        let latest = rules::next_review_on(row.outcome, row.risk, reviewed_on);
        if row.next_review_on.is_some_and(|planned| planned <= latest) {
            return;
        }
        if self.next_review_date.is_undefined() {
            row.next_review_on = Some(latest);
        } else {
            checks.refuse("input.nextReviewDate", format!("the latest review holds until {latest} at most"));
        }
    }
}
