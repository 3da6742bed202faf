//! What not meeting a requirement may cost.

use async_graphql::{InputObject, SimpleObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use subgraph::money::{Money, MoneyInput};

/// A penalty as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PenaltyRow {
    /// What happens, in words.
    pub description: String,
    /// The largest amount in minor units with its ISO 4217 currency, where the rule names one.
    pub amount: Option<(i64, String)>,
}

/// The penalties of one requirement, stored as one JSON value: they are only ever read and written together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Penalties(pub Vec<PenaltyRow>);

/// A consequence of not meeting a requirement.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Penalty {
    /// What happens, in words.
    description: String,
    /// The largest amount the rule names; null when the penalty is not an amount, e.g. closure.
    amount: Option<Money>,
}

impl From<PenaltyRow> for Penalty {
    fn from(row: PenaltyRow) -> Self {
        let amount = row.amount.map(|(minor, currency)| Money::new(minor, currency));
        Self { description: row.description, amount }
    }
}

/// A consequence of not meeting a requirement.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct PenaltyInput {
    /// What happens, in words; at most 1,000 characters.
    pub(crate) description: String,
    /// The largest amount the rule names, not negative.
    pub(crate) amount: Option<MoneyInput>,
}
