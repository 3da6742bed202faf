//! What can be loaded.

use chrono::NaiveDate;
use subgraph::caller::Role;
use uuid::Uuid;

use crate::group::GroupType;
use crate::network::NetworkType;
use crate::region::Jurisdiction;
use crate::unit::UnitStatus;
use crate::value::{Address, Coordinates, OpeningPeriod};

/// A network to load.
#[derive(Clone, Debug)]
pub struct NetworkRow {
    /// The id it will have.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique on the platform.
    pub slug: String,
    /// The company behind the brand.
    pub legal_name: String,
    /// The brand.
    pub brand: String,
    /// Who owns the locations.
    pub network_type: NetworkType,
    /// Life cycle.
    pub status: UnitStatus,
    /// Where head office is.
    pub headquarters: Address,
    /// IANA time zone of head office.
    pub time_zone: String,
    /// ISO 4217 code for fees and figures.
    pub currency: String,
    /// Locations wanted.
    pub location_target: Option<i32>,
    /// One-time fee per location, in minor units.
    pub initial_fee_minor: i64,
    /// Royalty, in hundredths of a percent of revenue.
    pub royalty_basis_points: i32,
    /// Marketing contribution, in hundredths of a percent of revenue.
    pub marketing_basis_points: i32,
    /// Least royalty per location and month, in minor units.
    pub minimum_monthly_fee_minor: i64,
    /// When the network was established.
    pub established_on: Option<NaiveDate>,
    /// Whether it is made up, with everything in it.
    pub is_demo: bool,
}

/// A region to load.
#[derive(Clone, Debug)]
pub struct RegionRow {
    /// The id it will have.
    pub id: Uuid,
    /// Its network.
    pub network_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique in the network.
    pub code: String,
    /// Life cycle.
    pub status: UnitStatus,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Bodies of law.
    pub jurisdictions: Vec<Jurisdiction>,
    /// Names of markets, most important first.
    pub primary_markets: Vec<String>,
    /// Territory by postal codes.
    pub postal_codes: Vec<String>,
    /// Territory by the corners of a polygon.
    pub polygon: Vec<Coordinates>,
    /// Locations wanted.
    pub location_target: Option<i32>,
    /// First day of business.
    pub opened_on: Option<NaiveDate>,
}

/// A group to load.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// The id it will have.
    pub id: Uuid,
    /// Its region, in the same load or stored before.
    pub region_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique in the region.
    pub code: String,
    /// Why its locations form a group.
    pub group_type: GroupType,
    /// Life cycle.
    pub status: UnitStatus,
    /// Who operates its locations.
    pub franchisee_id: Option<Uuid>,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// First day of business.
    pub opened_on: Option<NaiveDate>,
}

/// A location to load.
#[derive(Clone, Debug)]
pub struct LocationRow {
    /// The id it will have.
    pub id: Uuid,
    /// Its group, in the same load or stored before.
    pub group_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique on the platform.
    pub code: String,
    /// Life cycle.
    pub status: UnitStatus,
    /// Postal address.
    pub address: Address,
    /// Where it is on the globe.
    pub coordinates: Option<Coordinates>,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Chairs there are.
    pub chairs_total: i32,
    /// Chairs in use.
    pub chairs_active: i32,
    /// When it is open.
    pub opening_hours: Vec<OpeningPeriod>,
    /// Who owns it.
    pub owner_id: Option<Uuid>,
    /// Who manages it.
    pub manager_id: Option<Uuid>,
    /// Telephone, E.164.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// First day of business.
    pub opened_on: Option<NaiveDate>,
}

/// A person to load.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The id they will have: the subject of their tokens.
    pub id: Uuid,
    /// The network that keeps the record.
    pub network_id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail address, unique in the network.
    pub email: String,
    /// Telephone, E.164.
    pub phone: Option<String>,
}

/// A membership to load.
#[derive(Clone, Debug)]
pub struct MembershipRow {
    /// The id it will have.
    pub id: Uuid,
    /// Who, in the same load or stored before.
    pub person_id: Uuid,
    /// As what.
    pub role: Role,
    /// On which unit, in the same load or stored before.
    pub unit_id: Uuid,
    /// The first day (UTC) it holds.
    pub valid_from: NaiveDate,
    /// The first day (UTC) it no longer holds.
    pub valid_to: Option<NaiveDate>,
}

/// What to load together.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Networks.
    pub networks: Vec<NetworkRow>,
    /// Regions of these networks or of stored ones.
    pub regions: Vec<RegionRow>,
    /// Groups of these regions or of stored ones.
    pub groups: Vec<GroupRow>,
    /// Locations of these groups or of stored ones.
    pub locations: Vec<LocationRow>,
    /// People.
    pub persons: Vec<PersonRow>,
    /// Memberships of these people or of stored ones.
    pub memberships: Vec<MembershipRow>,
}
