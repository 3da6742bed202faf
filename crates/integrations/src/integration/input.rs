//! Inputs about integrations, and the rules for their values.

use async_graphql::{ID, InputObject};
use subgraph::error::{UserError, UserErrorCode};

use super::entity::{IntegrationStatus, SyncFrequency};

/// The longest name, in characters.
pub(super) const MAX_NAME: usize = 200;

/// Which integrations are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct IntegrationFilter {
    /// Only those of this unit and of units below it.
    pub unit_id: Option<ID>,
    /// Only those in one of these states.
    #[graphql(validator(max_items = 10))]
    pub statuses: Option<Vec<IntegrationStatus>>,
    /// Only those with this provider, by its id in the catalogue.
    pub provider: Option<String>,
}

/// A new integration.
#[derive(Debug, InputObject)]
pub(super) struct CreateIntegrationInput {
    /// The network, region, group or location to connect.
    pub unit_id: ID,
    /// A provider's id in the catalogue.
    pub provider: String,
    /// A name for people; the provider's name when absent.
    pub name: Option<String>,
    /// How often data is exchanged; hourly when absent.
    pub sync_frequency: Option<SyncFrequency>,
    /// Makes a repetition of this mutation answer with the first one's result.
    pub idempotency_key: Option<String>,
}

/// Changes to an integration; what is absent stays.
#[derive(Debug, InputObject)]
pub(super) struct UpdateIntegrationInput {
    /// The integration.
    pub id: ID,
    /// The version that was read.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// A new frequency.
    pub sync_frequency: Option<SyncFrequency>,
}

/// A change of status by hand: switching off, or resuming (which waits for the next connection).
#[derive(Debug, InputObject)]
pub(super) struct ChangeIntegrationStatusInput {
    /// The integration.
    pub id: ID,
    /// The version that was read.
    pub version: i32,
    /// `INACTIVE` to switch off, `PENDING` to resume.
    pub status: IntegrationStatus,
}

/// A name without surrounding white space, within the limit.
pub(super) fn name(text: &str) -> Result<String, UserError> {
    let name = text.trim();
    match name.chars().count() {
        1..=MAX_NAME => Ok(name.to_owned()),
        length => Err(UserError::at(
            UserErrorCode::Invalid,
            "name",
            format!("a name has 1 to {MAX_NAME} characters, not {length}"),
        )),
    }
}
