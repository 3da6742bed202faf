//! Writing imported units: the network, missing regions and groups, new and changed locations.

use std::collections::HashMap;

use chrono::Utc;
use networks::bulk::{
    GroupRow, GroupType, LocationRow, MembershipRow, NetworkRow, NetworkType, PersonRow, RegionRow, Rows,
    UnitStatus, insert,
};
use networks::import::{LocationUpdate, RefusedField, lock_network, refusals, update_locations};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use subgraph::caller::Role;
use subgraph::directory::{UnitKind, unit};
use subgraph::load::Load;
use uuid::Uuid;

use super::Summary;
use super::locations::{LocationRecord, groups};
use super::problem::Problem;
use super::source::TextFile;
use super::tree::Tree;
use crate::Failure;

/// Makes a network with an owner; head office is where the first location is.
pub(super) async fn create_network(
    load: &mut Load,
    slug: &str,
    name: &str,
    first: &LocationRecord,
) -> Result<(), Failure> {
    let (network_id, person_id, today) = (Uuid::now_v7(), Uuid::now_v7(), Utc::now().date_naive());
    let rows = Rows {
        networks: vec![NetworkRow {
            id: network_id,
            name: name.to_owned(),
            slug: slug.to_owned(),
            legal_name: name.to_owned(),
            brand: name.to_owned(),
            network_type: NetworkType::Hybrid,
            status: UnitStatus::Active,
            headquarters: first.address.clone(),
            time_zone: first.time_zone.clone(),
            currency: first.currency.clone(),
            location_target: None,
            initial_fee_minor: 0,
            royalty_basis_points: 0,
            marketing_basis_points: 0,
            minimum_monthly_fee_minor: 0,
            established_on: None,
            is_demo: false,
        }],
        persons: vec![PersonRow {
            id: person_id,
            network_id,
            name: format!("Owner of {name}"),
            email: format!("owner@{slug}.invalid"),
            phone: None,
        }],
        memberships: vec![MembershipRow {
            id: Uuid::now_v7(),
            person_id,
            role: Role::Owner,
            unit_id: network_id,
            valid_from: today,
            valid_to: None,
        }],
        ..Rows::default()
    };
    insert(load, rows).await?;
    Ok(())
}

/// Writes a file's locations, unless something is wrong with one of them.
pub(super) async fn write(
    load: &mut Load,
    network: &unit::Model,
    file: &TextFile,
    records: Vec<LocationRecord>,
) -> Result<Summary, Failure> {
    let transaction = load.transaction();
    lock_network(transaction, network.id).await?;
    let tree = Tree::read(transaction, network).await?;
    let mut problems = foreign_codes(transaction, network, &records).await?;
    problems.extend(records.iter().filter_map(|record| tree.no_place_for(record)));
    let (mut rows, group_ids) = missing_parents(network, &tree, &records);
    let parents = rows.regions.len() + rows.groups.len();
    let count = records.len();
    let mut updates = Vec::new();
    let mut lines = HashMap::new();
    for record in records {
        let Some(group_id) = group_ids.get(&(record.region.clone(), record.group.clone())).copied() else {
            continue;
        };
        match tree.location(&record.code) {
            Some(id) => {
                lines.insert(id, record.line);
                updates.push(update(id, group_id, record));
            }
            None => rows.locations.push(location(Uuid::now_v7(), group_id, record)),
        }
    }
    problems.extend(refusals(transaction, &updates).await?.into_iter().map(|refusal| Problem {
        line: lines.get(&refusal.id).copied(),
        column: Some(column(refusal.field).to_owned()),
        reason: refusal.reason,
    }));
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.line);
        return Err(file.refuse(problems).into());
    }
    let made = parents + rows.locations.len();
    insert(load, rows).await?;
    let changed = update_locations(load, updates).await?;
    Ok(Summary { rows: count, made, changed })
}

/// The column that a field of an update comes from.
fn column(field: RefusedField) -> &'static str {
    match field {
        RefusedField::Status => "status",
        RefusedField::Group => "group",
    }
}

/// Location codes are unique on the platform: a code of another network is a mistake in the file.
async fn foreign_codes<C: ConnectionTrait>(
    connection: &C,
    network: &unit::Model,
    records: &[LocationRecord],
) -> Result<Vec<Problem>, Failure> {
    let taken: Vec<String> = unit::Entity::find()
        .filter(unit::Column::Kind.eq(UnitKind::Location))
        .filter(unit::Column::NetworkId.ne(network.id))
        .filter(unit::Column::Code.is_in(records.iter().map(|record| record.code.as_str())))
        .select_only()
        .column(unit::Column::Code)
        .into_tuple()
        .all(connection)
        .await?;
    let foreign = records.iter().filter(|record| taken.contains(&record.code));
    let problem = |record: &LocationRecord| {
        let reason = format!(
            "the code `{}` belongs to a location of another network; codes are unique on the platform",
            record.code
        );
        Problem::cell(record.line, "code", reason)
    };
    Ok(foreign.map(problem).collect())
}

/// Regions and groups that the records name and the network does not have, and the ids of all groups named.
fn missing_parents(
    network: &unit::Model,
    tree: &Tree,
    records: &[LocationRecord],
) -> (Rows, HashMap<(String, String), Uuid>) {
    let mut rows = Rows::default();
    let mut regions = tree.regions();
    let mut ids = HashMap::new();
    for (region, group) in groups(records) {
        let region_id = *regions.entry(region.to_owned()).or_insert_with(|| {
            let row = missing_region(network, region);
            let id = row.id;
            rows.regions.push(row);
            id
        });
        let known = tree.group(region_id, group);
        let group_id = known.unwrap_or_else(|| {
            let row = missing_group(network, region_id, group);
            let id = row.id;
            rows.groups.push(row);
            id
        });
        ids.insert((region.to_owned(), group.to_owned()), group_id);
    }
    (rows, ids)
}

fn missing_region(network: &unit::Model, code: &str) -> RegionRow {
    RegionRow {
        id: Uuid::now_v7(),
        network_id: network.id,
        name: code.to_owned(),
        code: code.to_owned(),
        status: UnitStatus::Active,
        time_zone: network.time_zone.clone(),
        currency: network.currency.clone(),
        jurisdictions: Vec::new(),
        primary_markets: Vec::new(),
        postal_codes: Vec::new(),
        polygon: Vec::new(),
        location_target: None,
        opened_on: None,
    }
}

fn missing_group(network: &unit::Model, region_id: Uuid, code: &str) -> GroupRow {
    GroupRow {
        id: Uuid::now_v7(),
        region_id,
        name: code.to_owned(),
        code: code.to_owned(),
        group_type: GroupType::MultiUnit,
        status: UnitStatus::Active,
        franchisee_id: None,
        time_zone: network.time_zone.clone(),
        currency: network.currency.clone(),
        opened_on: None,
    }
}

fn location(id: Uuid, group_id: Uuid, record: LocationRecord) -> LocationRow {
    LocationRow {
        id,
        group_id,
        name: record.name,
        code: record.code,
        status: record.status.unwrap_or(UnitStatus::Active),
        address: record.address,
        coordinates: record.coordinates,
        time_zone: record.time_zone,
        currency: record.currency,
        chairs_total: record.chairs_total,
        chairs_active: record.chairs_active,
        opening_hours: Vec::new(),
        owner_id: None,
        manager_id: None,
        phone: None,
        email: None,
        opened_on: record.opened_on,
    }
}

fn update(id: Uuid, group_id: Uuid, record: LocationRecord) -> LocationUpdate {
    LocationUpdate {
        id,
        group_id,
        name: record.name,
        status: record.status,
        address: record.address,
        coordinates: record.coordinates,
        time_zone: record.time_zone,
        currency: record.currency,
        chairs_total: record.chairs_total,
        chairs_active: record.chairs_active,
        opened_on: record.opened_on,
    }
}
