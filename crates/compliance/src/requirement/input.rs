//! What clients may say about a requirement, and its limits.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use subgraph::date::Date;
use subgraph::error::{UserError, UserErrorCode};
use subgraph::money::is_currency_code;

use super::entity::Model;
use super::kinds::{Jurisdiction, RequirementType, RiskLevel};
use super::penalty::{Penalties, PenaltyInput, PenaltyRow};
use crate::refusal::Refusal;
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
const YEARS: (i32, i32) = (2000, 2199);

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

/// Collects everything that is wrong with an input.
#[derive(Default)]
pub(crate) struct Checks(Vec<UserError>);

impl Checks {
    pub(crate) fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(UserError::at(UserErrorCode::Invalid, field, message));
    }

    /// A text that must say something.
    pub(crate) fn text(&mut self, field: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > max {
            self.refuse(field, format!("must have 1 to {max} characters, not {length}"));
        }
        text.to_owned()
    }

    /// A text that may be left out; blank counts as left out.
    pub(crate) fn optional_text(&mut self, field: &str, text: Option<&str>) -> Option<String> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        Some(self.text(field, text, MAX_TEXT))
    }

    pub(crate) fn date(&mut self, field: &str, date: Date) -> NaiveDate {
        use chrono::Datelike;
        if date.0.year() < YEARS.0 || date.0.year() > YEARS.1 {
            self.refuse(field, format!("must be in the years {} to {}", YEARS.0, YEARS.1));
        }
        date.0
    }

    fn penalties(&mut self, penalties: &[PenaltyInput]) -> Penalties {
        if penalties.len() > MAX_PENALTIES {
            self.refuse("input.penalties", format!("at most {MAX_PENALTIES}, not {}", penalties.len()));
        }
        let rows = penalties.iter().enumerate().map(|(place, penalty)| {
            let field = |name: &str| format!("input.penalties.{place}.{name}");
            let description = self.text(&field("description"), &penalty.description, MAX_PENALTY);
            let amount = penalty.amount.as_ref().map(|money| {
                if money.amount_minor.0 < 0 {
                    self.refuse(&field("amount.amountMinor"), "must not be negative");
                }
                if !is_currency_code(&money.currency) {
                    self.refuse(&field("amount.currency"), "must be an ISO 4217 code such as `USD`");
                }
                (money.amount_minor.0, money.currency.clone())
            });
            PenaltyRow { description, amount }
        });
        Penalties(rows.take(MAX_PENALTIES).collect())
    }

    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::User(self.0)) }
    }
}

impl CreateRequirementInput {
    /// Fills a new row from the input.
    pub(crate) fn fill(&self, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        row.jurisdiction = self.jurisdiction;
        row.requirement_type = self.requirement_type;
        row.name = checks.text("input.name", &self.name, MAX_NAME);
        row.description = checks.optional_text("input.description", self.description.as_deref());
        row.risk = self.risk;
        row.penalties = checks.penalties(&self.penalties);
        row.due_on = self.due_date.map(|date| checks.date("input.dueDate", date));
        row.next_review_on = self.next_review_date.map(|date| checks.date("input.nextReviewDate", date));
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
            row.description = checks.optional_text("input.description", description);
        }
        if let Some(penalties) = &self.penalties {
            row.penalties = checks.penalties(penalties);
        }
        if !self.due_date.is_undefined() {
            row.due_on = self.due_date.value().map(|date| checks.date("input.dueDate", *date));
        }
        if !self.next_review_date.is_undefined() {
            row.next_review_on =
                self.next_review_date.value().map(|date| checks.date("input.nextReviewDate", *date));
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
