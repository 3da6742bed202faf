//! What clients may say about a network.

use async_graphql::{InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use subgraph::date::Date;
use subgraph::mutation::{Checks, Refusal};
use uuid::Uuid;

use super::entity::{Model, NetworkType};
use crate::unit::UnitStatus;
use crate::unit::input::{
    MAX_NAME, currency, first_day, first_status, location_target, name, replaced, slug, time_zone,
};
use crate::value::{Address, AddressInput, FeeStructureInput, StoredFees};

/// The longest brand, in characters.
const MAX_BRAND: usize = 100;

/// A network to create.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateNetworkInput {
    /// The name for people; at most 255 characters.
    pub name: String,
    /// The name in addresses, unique on the platform: 2 to 50 small letters, digits and hyphens between them.
    pub slug: String,
    /// The company behind the brand; at most 255 characters.
    pub legal_name: String,
    /// The brand; at most 100 characters.
    pub brand: String,
    /// Who owns the locations.
    pub network_type: NetworkType,
    /// Where it is in its life: `PENDING`, `DEVELOPMENT` or `ACTIVE`.
    #[graphql(default_with = "UnitStatus::Pending")]
    pub status: UnitStatus,
    /// Where head office is.
    pub headquarters: AddressInput,
    /// IANA time zone of the headquarters.
    pub time_zone: String,
    /// ISO 4217 code of the currency that fees and network figures are stated in.
    pub currency: String,
    /// How many locations the network wants to have; 0 to 1,000,000.
    pub location_target: Option<i32>,
    /// What franchisees pay.
    pub fee_structure: FeeStructureInput,
    /// The day the network was established; in the years 1800 to 2199.
    pub established_on: Option<Date>,
}

/// Changes to a network; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateNetworkInput {
    /// The name for people; at most 255 characters.
    pub name: Option<String>,
    /// The name in addresses, unique on the platform: 2 to 50 small letters, digits and hyphens between them.
    pub slug: Option<String>,
    /// The company behind the brand; at most 255 characters.
    pub legal_name: Option<String>,
    /// The brand; at most 100 characters.
    pub brand: Option<String>,
    /// Who owns the locations.
    pub network_type: Option<NetworkType>,
    /// Where head office is. Replaces the whole address.
    pub headquarters: Option<AddressInput>,
    /// IANA time zone of the headquarters.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency that fees and network figures are stated in. Another currency needs
    /// `feeStructure`, too: amounts of the old one mean nothing in it.
    pub currency: Option<String>,
    /// How many locations the network wants to have; 0 to 1,000,000. Null removes it.
    pub location_target: MaybeUndefined<i32>,
    /// What franchisees pay. Replaces all.
    pub fee_structure: Option<FeeStructureInput>,
    /// The day the network was established; in the years 1800 to 2199. Null removes it.
    pub established_on: MaybeUndefined<Date>,
}

impl CreateNetworkInput {
    /// The row of the new network.
    pub(super) fn row(&self, now: DateTime<Utc>) -> Result<Model, Refusal> {
        let mut checks = Checks::default();
        let id = Uuid::now_v7();
        let address = self.headquarters.check(&mut checks, "input.headquarters");
        let fees = self.fee_structure.check(&mut checks);
        let row = Model {
            id,
            network_id: id,
            name: name(&mut checks, &self.name),
            code: slug(&mut checks, &self.slug),
            legal_name: checks.text("input.legalName", &self.legal_name, MAX_NAME),
            brand: checks.text("input.brand", &self.brand, MAX_BRAND),
            network_type: self.network_type,
            status: first_status(&mut checks, self.status),
            street: address.street,
            street2: address.street2,
            city: address.city,
            subdivision: address.subdivision,
            postal_code: address.postal_code,
            country: address.country,
            time_zone: time_zone(&mut checks, &self.time_zone),
            currency: currency(&mut checks, &self.currency),
            location_target: self.location_target.map(|target| location_target(&mut checks, target)),
            initial_fee_minor: fees.initial_fee_minor,
            royalty_basis_points: fees.royalty_basis_points,
            marketing_basis_points: fees.marketing_basis_points,
            minimum_monthly_fee_minor: fees.minimum_monthly_fee_minor,
            is_demo: false,
            opened_on: self.established_on.map(|day| first_day(&mut checks, "input.establishedOn", day)),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        checks.finish()?;
        Ok(row)
    }
}

impl UpdateNetworkInput {
    /// Applies the changes to a row.
    pub(super) fn apply(&self, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        if let Some(text) = &self.name {
            row.name = name(&mut checks, text);
        }
        if let Some(text) = &self.slug {
            row.code = slug(&mut checks, text);
        }
        if let Some(text) = &self.legal_name {
            row.legal_name = checks.text("input.legalName", text, MAX_NAME);
        }
        if let Some(text) = &self.brand {
            row.brand = checks.text("input.brand", text, MAX_BRAND);
        }
        row.network_type = self.network_type.unwrap_or(row.network_type);
        if let Some(address) = &self.headquarters {
            row.set_address(address.check(&mut checks, "input.headquarters"));
        }
        if let Some(text) = &self.time_zone {
            row.time_zone = time_zone(&mut checks, text);
        }
        self.apply_money(row, &mut checks);
        row.location_target = replaced(&self.location_target, row.location_target, |target| {
            location_target(&mut checks, *target)
        });
        row.opened_on = replaced(&self.established_on, row.opened_on, |day| {
            first_day(&mut checks, "input.establishedOn", *day)
        });
        checks.finish()
    }

    fn apply_money(&self, row: &mut Model, checks: &mut Checks) {
        if let Some(code) = self.currency.as_ref().filter(|code| **code != row.currency) {
            let has_fees = row.initial_fee_minor != 0 || row.minimum_monthly_fee_minor != 0;
            if has_fees && self.fee_structure.is_none() {
                checks.refuse(
                    "input.feeStructure",
                    format!("the fees are stated in {}: give them in the new currency", row.currency),
                );
            }
            row.currency = currency(checks, code);
        }
        if let Some(fees) = &self.fee_structure {
            row.set_fees(fees.check(checks));
        }
    }
}

impl Model {
    fn set_address(&mut self, address: Address) {
        self.street = address.street;
        self.street2 = address.street2;
        self.city = address.city;
        self.subdivision = address.subdivision;
        self.postal_code = address.postal_code;
        self.country = address.country;
    }

    fn set_fees(&mut self, fees: StoredFees) {
        self.initial_fee_minor = fees.initial_fee_minor;
        self.royalty_basis_points = fees.royalty_basis_points;
        self.marketing_basis_points = fees.marketing_basis_points;
        self.minimum_monthly_fee_minor = fees.minimum_monthly_fee_minor;
    }
}
