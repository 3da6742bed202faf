//! Loading many records at once, for imports and demo data: trusted code in the same process.
//!
//! Rows go in with a few hundred per statement, and the directory is published in the same transaction.

use std::collections::HashMap;

use chrono::{NaiveDate, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use subgraph::caller::Role;
use subgraph::changes::{self, NewChange};
use subgraph::directory::{self, UnitKind, unit};
use subgraph::rows;
use uuid::Uuid;

pub use crate::group::GroupType;
pub use crate::network::NetworkType;
pub use crate::region::Jurisdiction;
pub use crate::unit::UnitStatus;
use crate::unit::{Happening, LevelRow, Place};
pub use crate::value::{Address, Coordinates, OpeningPeriod, Weekday};
use crate::{group, location, membership, network, person, region};

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

/// Why a load failed; nothing of it is kept when the caller rolls back.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// A row names a unit that is neither stored nor in the load.
    #[error("{record} `{code}` belongs to {parent} {id}, which is neither stored nor in the load")]
    UnknownParent {
        /// What kind of record.
        record: &'static str,
        /// The record's code or id.
        code: String,
        /// What it should belong to.
        parent: &'static str,
        /// The id it names.
        id: Uuid,
    },
    /// The database refused, for example because a code is taken.
    #[error("cannot load the records: {0}")]
    Database(#[from] DbErr),
}

/// Stores rows and publishes them to the directory, inside the caller's transaction.
///
/// # Errors
/// When a parent is unknown or a statement fails.
pub async fn insert<C: ConnectionTrait>(transaction: &C, rows: Rows) -> Result<(), BulkError> {
    let mut places = stored_places(transaction, &rows).await?;
    let units = units(rows.networks, rows.regions, rows.groups, rows.locations, &mut places)?;
    let memberships = memberships(rows.memberships, &places)?;
    let mut listed: Vec<unit::Model> = Vec::new();
    listed.extend(units.networks.iter().map(LevelRow::directory_row));
    listed.extend(units.regions.iter().map(LevelRow::directory_row));
    listed.extend(units.groups.iter().map(LevelRow::directory_row));
    listed.extend(units.locations.iter().map(LevelRow::directory_row));
    let grants = memberships.iter().map(membership::entity::Model::directory_row).collect();
    let now = Utc::now();
    let mut happened: Vec<NewChange> = Vec::new();
    happened.extend(units.networks.iter().map(|row| Happening::Created.to(row, now)));
    happened.extend(units.regions.iter().map(|row| Happening::Created.to(row, now)));
    happened.extend(units.groups.iter().map(|row| Happening::Created.to(row, now)));
    happened.extend(units.locations.iter().map(|row| Happening::Created.to(row, now)));
    rows::insert_all::<person::entity::ActiveModel, _>(
        transaction,
        rows.persons.into_iter().map(person).collect(),
    )
    .await?;
    rows::insert_all::<network::entity::ActiveModel, _>(transaction, units.networks).await?;
    rows::insert_all::<region::entity::ActiveModel, _>(transaction, units.regions).await?;
    rows::insert_all::<group::entity::ActiveModel, _>(transaction, units.groups).await?;
    rows::insert_all::<location::entity::ActiveModel, _>(transaction, units.locations).await?;
    rows::insert_all::<membership::entity::ActiveModel, _>(transaction, memberships).await?;
    directory::publish(transaction, listed, grants).await?;
    // Services in other processes find out by themselves.
    let _ = changes::record(transaction, happened).await?;
    Ok(())
}

/// Where the stored units are that rows refer to.
async fn stored_places<C: ConnectionTrait>(
    transaction: &C,
    rows: &Rows,
) -> Result<HashMap<Uuid, Place>, DbErr> {
    let mut named: Vec<Uuid> = Vec::new();
    named.extend(rows.regions.iter().map(|row| row.network_id));
    named.extend(rows.groups.iter().map(|row| row.region_id));
    named.extend(rows.locations.iter().map(|row| row.group_id));
    named.extend(rows.memberships.iter().map(|row| row.unit_id));
    named.sort_unstable();
    named.dedup();
    let mut places = HashMap::new();
    for ids in named.chunks(rows::PER_STATEMENT) {
        let stored =
            unit::Entity::find().filter(unit::Column::Id.is_in(ids.iter().copied())).all(transaction).await?;
        places.extend(stored.iter().map(|row| (row.id, Place::from(row))));
    }
    Ok(places)
}

struct Units {
    networks: Vec<network::entity::Model>,
    regions: Vec<region::entity::Model>,
    groups: Vec<group::entity::Model>,
    locations: Vec<location::entity::Model>,
}

fn units(
    networks: Vec<NetworkRow>,
    regions: Vec<RegionRow>,
    groups: Vec<GroupRow>,
    locations: Vec<LocationRow>,
    places: &mut HashMap<Uuid, Place>,
) -> Result<Units, BulkError> {
    let networks: Vec<_> = networks.into_iter().map(network).collect();
    places.extend(networks.iter().map(|row| (row.id, row.place())));
    let mut units = Units { networks, regions: Vec::new(), groups: Vec::new(), locations: Vec::new() };
    for row in regions {
        let parent = parent(places, UnitKind::Network, row.network_id, "region", &row.code)?;
        units.regions.push(region(row, parent));
    }
    places.extend(units.regions.iter().map(|row| (row.id, row.place())));
    for row in groups {
        let parent = parent(places, UnitKind::Region, row.region_id, "group", &row.code)?;
        units.groups.push(group(row, parent));
    }
    places.extend(units.groups.iter().map(|row| (row.id, row.place())));
    for row in locations {
        let parent = parent(places, UnitKind::Group, row.group_id, "location", &row.code)?;
        let region = parent.at(UnitKind::Region).ok_or_else(|| unknown(&row.code, parent))?;
        units.locations.push(location(row, parent, region));
    }
    places.extend(units.locations.iter().map(|row| (row.id, row.place())));
    Ok(units)
}

fn parent(
    places: &HashMap<Uuid, Place>,
    kind: UnitKind,
    id: Uuid,
    record: &'static str,
    code: &str,
) -> Result<Place, BulkError> {
    places.get(&id).filter(|place| place.kind == kind).copied().ok_or_else(|| BulkError::UnknownParent {
        record,
        code: code.to_owned(),
        parent: crate::unit::kind_name(kind),
        id,
    })
}

/// A stored group that the directory lists without its region.
fn unknown(code: &str, group: Place) -> BulkError {
    BulkError::UnknownParent {
        record: "location",
        code: code.to_owned(),
        parent: "a region through group",
        id: group.id,
    }
}

fn memberships(
    rows: Vec<MembershipRow>,
    places: &HashMap<Uuid, Place>,
) -> Result<Vec<membership::entity::Model>, BulkError> {
    let now = Utc::now();
    let membership = |row: MembershipRow| {
        let place = places.get(&row.unit_id).ok_or_else(|| BulkError::UnknownParent {
            record: "membership",
            code: row.id.to_string(),
            parent: "unit",
            id: row.unit_id,
        })?;
        Ok(membership::entity::Model {
            id: row.id,
            network_id: place.network,
            person_id: row.person_id,
            role: row.role,
            unit_kind: place.kind,
            unit_id: row.unit_id,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            granted_by: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    };
    rows.into_iter().map(membership).collect()
}

fn network(row: NetworkRow) -> network::entity::Model {
    let now = Utc::now();
    network::entity::Model {
        id: row.id,
        network_id: row.id,
        name: row.name,
        code: row.slug,
        legal_name: row.legal_name,
        brand: row.brand,
        network_type: row.network_type,
        status: row.status,
        street: row.headquarters.street,
        street2: row.headquarters.street2,
        city: row.headquarters.city,
        subdivision: row.headquarters.subdivision,
        postal_code: row.headquarters.postal_code,
        country: row.headquarters.country,
        time_zone: row.time_zone,
        currency: row.currency,
        location_target: row.location_target,
        initial_fee_minor: row.initial_fee_minor,
        royalty_basis_points: row.royalty_basis_points,
        marketing_basis_points: row.marketing_basis_points,
        minimum_monthly_fee_minor: row.minimum_monthly_fee_minor,
        opened_on: row.established_on,
        is_demo: row.is_demo,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn region(row: RegionRow, parent: Place) -> region::entity::Model {
    let now = Utc::now();
    let mut postal_codes = row.postal_codes;
    postal_codes.sort_unstable();
    postal_codes.dedup();
    region::entity::Model {
        id: row.id,
        network_id: parent.network,
        name: row.name,
        code: row.code,
        status: row.status,
        time_zone: row.time_zone,
        currency: row.currency,
        jurisdictions: region::entity::Jurisdictions(row.jurisdictions),
        primary_markets: region::entity::Names(row.primary_markets),
        territory: region::entity::StoredTerritory { postal_codes, polygon: row.polygon },
        location_target: row.location_target,
        opened_on: row.opened_on,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn group(row: GroupRow, parent: Place) -> group::entity::Model {
    let now = Utc::now();
    group::entity::Model {
        id: row.id,
        network_id: parent.network,
        region_id: parent.id,
        name: row.name,
        code: row.code,
        group_type: row.group_type,
        status: row.status,
        franchisee_id: row.franchisee_id,
        time_zone: row.time_zone,
        currency: row.currency,
        opened_on: row.opened_on,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn location(row: LocationRow, parent: Place, region_id: Uuid) -> location::entity::Model {
    let now = Utc::now();
    location::entity::Model {
        id: row.id,
        network_id: parent.network,
        region_id,
        group_id: parent.id,
        name: row.name,
        code: row.code,
        status: row.status,
        street: row.address.street,
        street2: row.address.street2,
        city: row.address.city,
        subdivision: row.address.subdivision,
        postal_code: row.address.postal_code,
        country: row.address.country,
        latitude: row.coordinates.map(|point| point.latitude),
        longitude: row.coordinates.map(|point| point.longitude),
        time_zone: row.time_zone,
        currency: row.currency,
        chairs_total: row.chairs_total,
        chairs_active: row.chairs_active,
        opening_hours: location::entity::StoredHours(row.opening_hours),
        owner_id: row.owner_id,
        manager_id: row.manager_id,
        phone: row.phone,
        email: row.email,
        opened_on: row.opened_on,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn person(row: PersonRow) -> person::entity::Model {
    let now = Utc::now();
    person::entity::Model {
        id: row.id,
        network_id: row.network_id,
        name: row.name,
        email: row.email.to_lowercase(),
        phone: row.phone,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
