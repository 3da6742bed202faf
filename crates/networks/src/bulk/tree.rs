//! Where loaded records belong: each below a unit that is stored or loaded with it.

use std::collections::HashMap;

use chrono::Utc;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use subgraph::directory::{UnitKind, unit};
use subgraph::rows;
use uuid::Uuid;

use super::rows::{GroupRow, LocationRow, MembershipRow, NetworkRow, RegionRow, Rows};
use super::{BulkError, models};
use crate::unit::{LevelRow, Place};
use crate::{group, location, membership, network, region};

/// Where the stored units are that rows refer to.
pub(super) async fn stored_places<C: ConnectionTrait>(
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

/// Units as they will be stored.
pub(super) struct Units {
    pub(super) networks: Vec<network::entity::Model>,
    pub(super) regions: Vec<region::entity::Model>,
    pub(super) groups: Vec<group::entity::Model>,
    pub(super) locations: Vec<location::entity::Model>,
}

/// The units of a load, each in its place; `places` knows them from then on.
pub(super) fn units(
    networks: Vec<NetworkRow>,
    regions: Vec<RegionRow>,
    groups: Vec<GroupRow>,
    locations: Vec<LocationRow>,
    places: &mut HashMap<Uuid, Place>,
) -> Result<Units, BulkError> {
    let networks: Vec<_> = networks.into_iter().map(models::network).collect();
    places.extend(networks.iter().map(|row| (row.id, row.place())));
    let mut units = Units { networks, regions: Vec::new(), groups: Vec::new(), locations: Vec::new() };
    for row in regions {
        let parent = parent(places, UnitKind::Network, row.network_id, "region", &row.code)?;
        units.regions.push(models::region(row, parent));
    }
    places.extend(units.regions.iter().map(|row| (row.id, row.place())));
    for row in groups {
        let parent = parent(places, UnitKind::Region, row.region_id, "group", &row.code)?;
        units.groups.push(models::group(row, parent));
    }
    places.extend(units.groups.iter().map(|row| (row.id, row.place())));
    for row in locations {
        let parent = parent(places, UnitKind::Group, row.group_id, "location", &row.code)?;
        let region = parent.at(UnitKind::Region).ok_or_else(|| unknown(&row.code, parent))?;
        units.locations.push(models::location(row, parent, region));
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

/// The memberships of a load, each on a unit that `places` knows.
pub(super) fn memberships(
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
