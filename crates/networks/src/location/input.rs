//! What clients may say about a location.

use async_graphql::{ID, InputObject, MaybeUndefined};
use subgraph::date::Date;
use subgraph::mutation::{Checks, Refusal};
use uuid::Uuid;

use super::entity::{Model, StoredHours};
use crate::change::Change;
use crate::group::entity::Model as Group;
use crate::person;
use crate::unit::UnitStatus;
use crate::unit::input::{code, currency, first_day, first_status, name, replaced, time_zone};
use crate::value::{
    AddressInput, Coordinates, CoordinatesInput, OpeningPeriodInput, check_hours, email, phone,
};

/// The most chairs of a location.
const MAX_CHAIRS: i64 = 1_000;

/// The chairs of a location.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct ChairsInput {
    /// Chairs there are; 0 to 1,000.
    pub total: i32,
    /// Chairs in use, at most all of them.
    pub active: i32,
}

/// A location to create.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateLocationInput {
    /// The group it is to belong to.
    pub group_id: ID,
    /// The name for people; at most 255 characters.
    pub name: String,
    /// The code for people, unique on the platform: at most 50 letters, digits, `-` and `_`.
    pub code: String,
    /// Where it is in its life: `PENDING`, `DEVELOPMENT` or `ACTIVE`.
    #[graphql(default_with = "UnitStatus::Pending")]
    pub status: UnitStatus,
    /// The postal address.
    pub address: AddressInput,
    /// Where it is on the globe.
    pub coordinates: Option<CoordinatesInput>,
    /// IANA time zone; the group's when left out.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency it trades in; the group's when left out.
    pub currency: Option<String>,
    /// The chairs.
    pub chairs: ChairsInput,
    /// When it is open in a usual week: at most 28 time spans that do not overlap.
    #[graphql(default)]
    pub opening_hours: Vec<OpeningPeriodInput>,
    /// Who owns it: a person of the network.
    pub owner_id: Option<ID>,
    /// Who manages it: a person of the network.
    pub manager_id: Option<ID>,
    /// The telephone number in E.164 form.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The first day of business; in the years 1800 to 2199.
    pub opened_on: Option<Date>,
}

/// Changes to a location; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateLocationInput {
    /// The name for people; at most 255 characters.
    pub name: Option<String>,
    /// The code for people, unique on the platform: at most 50 letters, digits, `-` and `_`.
    pub code: Option<String>,
    /// The postal address. Replaces the whole address.
    pub address: Option<AddressInput>,
    /// Where it is on the globe. Null removes it.
    pub coordinates: MaybeUndefined<CoordinatesInput>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency it trades in from now on.
    pub currency: Option<String>,
    /// The chairs.
    pub chairs: Option<ChairsInput>,
    /// When it is open in a usual week: at most 28 time spans that do not overlap. Replaces all.
    pub opening_hours: Option<Vec<OpeningPeriodInput>>,
    /// Who owns it: a person of the network. Null removes it.
    pub owner_id: MaybeUndefined<ID>,
    /// Who manages it: a person of the network. Null removes it.
    pub manager_id: MaybeUndefined<ID>,
    /// The telephone number in E.164 form. Null removes it.
    pub phone: MaybeUndefined<String>,
    /// The e-mail address. Null removes it.
    pub email: MaybeUndefined<String>,
    /// The first day of business; in the years 1800 to 2199. Null removes it.
    pub opened_on: MaybeUndefined<Date>,
}

impl CreateLocationInput {
    /// The row of the new location.
    pub(super) async fn row(&self, change: &Change<'_>, group: &Group) -> Result<Model, Refusal> {
        let mut checks = Checks::default();
        let (owner, manager, network) = (self.owner_id.as_ref(), self.manager_id.as_ref(), group.network_id);
        let owner_id = person::of_network(change, &mut checks, network, owner, "input.ownerId").await?;
        let manager_id = person::of_network(change, &mut checks, network, manager, "input.managerId").await?;
        let address = self.address.check(&mut checks, "input.address");
        let coordinates = self.coordinates.map(|point| point.check(&mut checks, "input.coordinates"));
        self.chairs.check(&mut checks);
        let row = Model {
            id: Uuid::now_v7(),
            network_id: network,
            region_id: group.region_id,
            group_id: group.id,
            name: name(&mut checks, &self.name),
            code: code(&mut checks, &self.code),
            status: first_status(&mut checks, self.status),
            street: address.street,
            street2: address.street2,
            city: address.city,
            subdivision: address.subdivision,
            postal_code: address.postal_code,
            country: address.country,
            latitude: coordinates.map(|point| point.latitude),
            longitude: coordinates.map(|point| point.longitude),
            time_zone: time_zone(&mut checks, self.time_zone.as_ref().unwrap_or(&group.time_zone)),
            currency: currency(&mut checks, self.currency.as_ref().unwrap_or(&group.currency)),
            chairs_total: self.chairs.total,
            chairs_active: self.chairs.active,
            opening_hours: StoredHours(check_hours(&mut checks, &self.opening_hours)),
            owner_id,
            manager_id,
            phone: self.phone.as_ref().map(|text| phone(&mut checks, text)),
            email: self.email.as_ref().map(|text| email(&mut checks, text)),
            opened_on: self.opened_on.map(|day| first_day(&mut checks, "input.openedOn", day)),
            version: 1,
            created_at: change.now,
            updated_at: change.now,
        };
        checks.finish()?;
        Ok(row)
    }
}

impl UpdateLocationInput {
    /// Applies the changes to a row.
    pub(super) async fn apply(&self, change: &Change<'_>, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        if let Some(text) = &self.name {
            row.name = name(&mut checks, text);
        }
        if let Some(text) = &self.code {
            row.code = code(&mut checks, text);
        }
        if let Some(text) = &self.time_zone {
            row.time_zone = time_zone(&mut checks, text);
        }
        if let Some(text) = &self.currency {
            row.currency = currency(&mut checks, text);
        }
        if let Some(chairs) = &self.chairs {
            chairs.check(&mut checks);
            (row.chairs_total, row.chairs_active) = (chairs.total, chairs.active);
        }
        if let Some(periods) = &self.opening_hours {
            row.opening_hours = StoredHours(check_hours(&mut checks, periods));
        }
        self.apply_place(row, &mut checks);
        self.apply_people(change, row, &mut checks).await?;
        row.opened_on =
            replaced(&self.opened_on, row.opened_on, |day| first_day(&mut checks, "input.openedOn", *day));
        checks.finish()
    }

    fn apply_place(&self, row: &mut Model, checks: &mut Checks) {
        if let Some(address) = &self.address {
            let address = address.check(checks, "input.address");
            row.street = address.street;
            row.street2 = address.street2;
            row.city = address.city;
            row.subdivision = address.subdivision;
            row.postal_code = address.postal_code;
            row.country = address.country;
        }
        let (latitude, longitude) = (row.latitude, row.longitude);
        let stored = latitude.zip(longitude).map(|(latitude, longitude)| Coordinates { latitude, longitude });
        let point = replaced(&self.coordinates, stored, |point| point.check(checks, "input.coordinates"));
        row.latitude = point.map(|point| point.latitude);
        row.longitude = point.map(|point| point.longitude);
    }

    async fn apply_people(
        &self,
        change: &Change<'_>,
        row: &mut Model,
        checks: &mut Checks,
    ) -> Result<(), Refusal> {
        let network = row.network_id;
        if !self.owner_id.is_undefined() {
            let owner = self.owner_id.value();
            row.owner_id = person::of_network(change, checks, network, owner, "input.ownerId").await?;
        }
        if !self.manager_id.is_undefined() {
            let manager = self.manager_id.value();
            row.manager_id = person::of_network(change, checks, network, manager, "input.managerId").await?;
        }
        row.phone = replaced(&self.phone, row.phone.take(), |text| phone(checks, text));
        row.email = replaced(&self.email, row.email.take(), |text| email(checks, text));
        Ok(())
    }
}

impl ChairsInput {
    fn check(&self, checks: &mut Checks) {
        checks.number("input.chairs.total", self.total.into(), 0..=MAX_CHAIRS);
        let most = i64::from(self.total).clamp(0, MAX_CHAIRS);
        checks.number("input.chairs.active", self.active.into(), 0..=most);
    }
}
