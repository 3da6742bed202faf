//! The id of an alert: which requirement, which rule, which cause. Alerts are not stored, so the id says all of
//! it, and stays the same as long as the cause does.

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike, NaiveDate};
use sea_orm::Iterable;
use uuid::Uuid;

use super::rule::AlertRule;

/// What makes an alert this alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlertId {
    pub(crate) requirement: Uuid,
    pub(crate) rule: AlertRule,
    pub(crate) cause_on: NaiveDate,
    /// How often compliance had ended before: tells two causes on one day apart.
    pub(crate) lapses: i32,
}

const BYTES: usize = 16 + 1 + 4 + 4;

impl AlertId {
    pub(crate) fn encode(&self) -> ID {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(self.requirement.as_bytes());
        bytes.push(self.rule as u8);
        bytes.extend_from_slice(&self.cause_on.num_days_from_ce().to_be_bytes());
        bytes.extend_from_slice(&self.lapses.to_be_bytes());
        ID(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads an id; none when it is not one.
    pub(crate) fn decode(id: &ID) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        let (requirement, rest) = bytes.split_at_checked(16)?;
        let number = |at: usize| Some(i32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
        Some(Self {
            requirement: Uuid::from_slice(requirement).ok()?,
            rule: AlertRule::iter().find(|rule| *rule as u8 == rest[0])?,
            cause_on: NaiveDate::from_num_days_from_ce_opt(number(1)?)?,
            lapses: number(5)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{AlertId, AlertRule, ID, Uuid};

    #[test]
    fn an_id_says_what_it_was_made_of() {
        let id = AlertId {
            requirement: Uuid::now_v7(),
            rule: AlertRule::ReviewPassed,
            cause_on: "2024-02-29".parse().unwrap(),
            lapses: 3,
        };
        assert_eq!(AlertId::decode(&id.encode()), Some(id));
    }

    #[test]
    fn rubbish_is_no_id() {
        for text in ["", "x", "AAAA", &"A".repeat(200), UNKNOWN_RULE] {
            assert_eq!(AlertId::decode(&ID::from(text)), None, "{text}");
        }
    }

    /// 25 bytes of 0xff: the right length, but no such rule.
    const UNKNOWN_RULE: &str = "_________________________________w";
}
