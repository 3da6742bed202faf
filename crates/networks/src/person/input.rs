//! What clients may say about a person.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use subgraph::mutation::{Checks, Refusal};
use uuid::Uuid;

use super::entity::Model;
use crate::unit::input::{MAX_NAME, replaced};
use crate::value::{email, phone};

/// A person to create.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreatePersonInput {
    /// The network that keeps the record.
    pub network_id: ID,
    /// The full name; at most 255 characters.
    pub name: String,
    /// The e-mail address, unique in the network; the case of letters does not matter.
    pub email: String,
    /// The telephone number in E.164 form.
    pub phone: Option<String>,
}

/// Changes to a person; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdatePersonInput {
    /// The full name; at most 255 characters.
    pub name: Option<String>,
    /// The e-mail address, unique in the network; the case of letters does not matter.
    pub email: Option<String>,
    /// The telephone number in E.164 form. Null removes it.
    pub phone: MaybeUndefined<String>,
}

impl CreatePersonInput {
    /// The row of the new person.
    pub(super) fn row(&self, network_id: Uuid, now: DateTime<Utc>) -> Result<Model, Refusal> {
        let mut checks = Checks::default();
        let row = Model {
            id: Uuid::now_v7(),
            network_id,
            name: checks.text("input.name", &self.name, MAX_NAME),
            email: email(&mut checks, &self.email),
            phone: self.phone.as_ref().map(|text| phone(&mut checks, text)),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        checks.finish()?;
        Ok(row)
    }
}

impl UpdatePersonInput {
    /// Applies the changes to a row.
    pub(super) fn apply(&self, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        if let Some(text) = &self.name {
            row.name = checks.text("input.name", text, MAX_NAME);
        }
        if let Some(text) = &self.email {
            row.email = email(&mut checks, text);
        }
        row.phone = replaced(&self.phone, row.phone.take(), |text| phone(&mut checks, text));
        checks.finish()
    }
}
