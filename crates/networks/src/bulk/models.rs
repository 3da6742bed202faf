//! Loaded rows as the tables have them.

use chrono::Utc;
use uuid::Uuid;

use super::rows::{GroupRow, LocationRow, NetworkRow, PersonRow, RegionRow};
use crate::unit::Place;
use crate::{group, location, network, person, region};

pub(super) fn network(row: NetworkRow) -> network::entity::Model {
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

pub(super) fn region(row: RegionRow, parent: Place) -> region::entity::Model {
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

pub(super) fn group(row: GroupRow, parent: Place) -> group::entity::Model {
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

pub(super) fn location(row: LocationRow, parent: Place, region_id: Uuid) -> location::entity::Model {
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

pub(super) fn person(row: PersonRow) -> person::entity::Model {
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
