//! What clients may say about a group.

use async_graphql::{ID, InputObject, MaybeUndefined};
use subgraph::date::Date;
use subgraph::mutation::{Checks, Refusal};
use uuid::Uuid;

use super::entity::{GroupType, Model};
use crate::change::Change;
use crate::person;
use crate::region::entity::Model as Region;
use crate::unit::UnitStatus;
use crate::unit::input::{code, currency, first_day, first_status, name, replaced, time_zone};

/// A group to create.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateGroupInput {
    /// The region it is to belong to.
    pub region_id: ID,
    /// The name for people; at most 255 characters.
    pub name: String,
    /// The code for people, unique in the region: at most 50 letters, digits, `-` and `_`.
    pub code: String,
    /// Why its locations form a group.
    pub group_type: GroupType,
    /// Where it is in its life: `PENDING`, `DEVELOPMENT` or `ACTIVE`.
    #[graphql(default_with = "UnitStatus::Pending")]
    pub status: UnitStatus,
    /// Who operates its locations under a franchise agreement: a person of the network.
    pub franchisee_id: Option<ID>,
    /// IANA time zone; the region's when left out.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency that figures are reported in; the region's when left out.
    pub currency: Option<String>,
    /// The first day of business; in the years 1800 to 2199.
    pub opened_on: Option<Date>,
}

/// Changes to a group; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateGroupInput {
    /// The name for people; at most 255 characters.
    pub name: Option<String>,
    /// The code for people, unique in the region: at most 50 letters, digits, `-` and `_`.
    pub code: Option<String>,
    /// Why its locations form a group.
    pub group_type: Option<GroupType>,
    /// Who operates its locations under a franchise agreement: a person of the network. Null removes it.
    pub franchisee_id: MaybeUndefined<ID>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency that figures are reported in.
    pub currency: Option<String>,
    /// The first day of business; in the years 1800 to 2199. Null removes it.
    pub opened_on: MaybeUndefined<Date>,
}

impl CreateGroupInput {
    /// The row of the new group.
    pub(super) async fn row(&self, change: &Change<'_>, region: &Region) -> Result<Model, Refusal> {
        let mut checks = Checks::default();
        let franchisee = self.franchisee_id.as_ref();
        let franchisee_id =
            person::of_network(change, &mut checks, region.network_id, franchisee, "input.franchiseeId")
                .await?;
        let row = Model {
            id: Uuid::now_v7(),
            network_id: region.network_id,
            region_id: region.id,
            name: name(&mut checks, &self.name),
            code: code(&mut checks, &self.code),
            group_type: self.group_type,
            status: first_status(&mut checks, self.status),
            franchisee_id,
            time_zone: time_zone(&mut checks, self.time_zone.as_ref().unwrap_or(&region.time_zone)),
            currency: currency(&mut checks, self.currency.as_ref().unwrap_or(&region.currency)),
            opened_on: self.opened_on.map(|day| first_day(&mut checks, "input.openedOn", day)),
            version: 1,
            created_at: change.now,
            updated_at: change.now,
        };
        checks.finish()?;
        Ok(row)
    }
}

impl UpdateGroupInput {
    /// Applies the changes to a row.
    pub(super) async fn apply(&self, change: &Change<'_>, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        if let Some(text) = &self.name {
            row.name = name(&mut checks, text);
        }
        if let Some(text) = &self.code {
            row.code = code(&mut checks, text);
        }
        row.group_type = self.group_type.unwrap_or(row.group_type);
        if !self.franchisee_id.is_undefined() {
            let franchisee = self.franchisee_id.value();
            row.franchisee_id =
                person::of_network(change, &mut checks, row.network_id, franchisee, "input.franchiseeId")
                    .await?;
        }
        if let Some(text) = &self.time_zone {
            row.time_zone = time_zone(&mut checks, text);
        }
        if let Some(text) = &self.currency {
            row.currency = currency(&mut checks, text);
        }
        row.opened_on =
            replaced(&self.opened_on, row.opened_on, |day| first_day(&mut checks, "input.openedOn", *day));
        checks.finish()
    }
}
