//! Alerts: what needs attention, derived from requirements by rule.

pub(crate) mod entity;
pub(crate) mod id;
pub(crate) mod list;
pub(crate) mod loader;
pub(crate) mod mutation;
pub(crate) mod query;
pub(crate) mod rule;
pub(crate) mod subscription;
pub(crate) mod watch;

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use id::AlertId;
use list::Raised;
use rule::{AlertRule, AlertSeverity};
use subgraph::date::Date;

use crate::requirement::Requirement;
use crate::unit::FranchiseUnit;

/// Something about a requirement that needs attention today.
pub(crate) struct Alert(pub(crate) Raised);

/// Someone has taken note of an alert's cause.
#[derive(SimpleObject)]
pub(crate) struct Acknowledgement {
    /// The person.
    person_id: ID,
    /// When.
    at: DateTime<Utc>,
    /// What they noted.
    note: Option<String>,
}

/// Something about a requirement that needs attention today. Alerts follow from requirements by rule; they end
/// when their cause does, not by being acknowledged.
#[Object(name = "ComplianceAlert")]
impl Alert {
    /// Stays the same as long as the cause does; a later cause makes another alert, not yet acknowledged.
    async fn id(&self) -> ID {
        AlertId {
            requirement: self.0.state.row.id,
            rule: self.0.rule,
            cause_on: self.0.cause_on,
            lapses: self.0.state.row.lapses,
        }
        .encode()
    }

    /// Why it is raised.
    async fn rule(&self) -> AlertRule {
        self.0.rule
    }

    /// Critical when the requirement's risk is; high when it is overdue or not met; else medium.
    async fn severity(&self) -> AlertSeverity {
        self.0.severity
    }

    /// The day of the cause: the due date, the review that found the requirement not met, or the last day on
    /// which the latest review held.
    async fn cause_date(&self) -> Date {
        Date(self.0.cause_on)
    }

    /// What it is about, in a sentence.
    async fn message(&self) -> String {
        let (name, day) = (&self.0.state.row.name, self.0.cause_on);
        match self.0.rule {
            AlertRule::Overdue if self.0.state.row.lapsed_on == Some(day) => {
                format!("{name}: past its due date and no longer met since {day}")
            }
            AlertRule::Overdue => format!("{name}: was due on {day} and has not been found met"),
            AlertRule::CriticalNonCompliant => format!("{name}: critical, and found not met on {day}"),
            AlertRule::ReviewPassed => format!("{name}: the latest review held until {day}"),
        }
    }

    /// The requirement that raises it.
    async fn requirement(&self) -> Requirement {
        Requirement::from(self.0.state.clone())
    }

    /// The unit of the requirement.
    async fn unit(&self) -> FranchiseUnit {
        FranchiseUnit::new(self.0.state.row.unit_id)
    }

    /// Who has taken note of it; null while nobody has.
    async fn acknowledgement(&self) -> Option<Acknowledgement> {
        let (person, at, note) = self.0.noted.clone()?;
        Some(Acknowledgement { person_id: person.into(), at, note })
    }
}
