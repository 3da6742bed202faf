//! Bringing stored locations up to date with an import: only what the import knows is overwritten.

use std::collections::HashMap;

use chrono::{NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use subgraph::directory::{self, unit};
use uuid::Uuid;

use crate::location::entity::{Column, Entity, Model};
use crate::network;
use crate::unit::{LevelRow, UnitStatus};
use crate::value::{Address, Coordinates};

/// Ids per statement: below the parameter limits of both databases.
const IDS_PER_STATEMENT: usize = 500;

/// What an import says of a stored location.
#[derive(Clone, Debug)]
pub struct LocationUpdate {
    /// The location.
    pub id: Uuid,
    /// Its group, stored in the same network.
    pub group_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Life cycle; unchanged when absent.
    pub status: Option<UnitStatus>,
    /// Postal address.
    pub address: Address,
    /// Where it is on the globe; unchanged when absent.
    pub coordinates: Option<Coordinates>,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Chairs there are.
    pub chairs_total: i32,
    /// Chairs in use.
    pub chairs_active: i32,
    /// First day of business; unchanged when absent.
    pub opened_on: Option<NaiveDate>,
}

/// How many networks there are.
///
/// # Errors
/// When the statement fails.
pub async fn count_networks<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    network::entity::Entity::find().count(connection).await
}

/// Overwrites stored locations where they differ and publishes the changes; returns how many differed.
///
/// # Errors
/// When a statement fails, or a location or group is not stored; the caller rolls back.
pub async fn update_locations<C: ConnectionTrait>(
    transaction: &C,
    updates: Vec<LocationUpdate>,
) -> Result<usize, DbErr> {
    let stored = stored(transaction, &updates).await?;
    let regions = regions(transaction, &updates).await?;
    let mut published = Vec::new();
    for update in updates {
        let missing =
            || DbErr::RecordNotFound(format!("location {} or group {}", update.id, update.group_id));
        let before = stored.get(&update.id).ok_or_else(missing)?;
        let region_id = *regions.get(&update.group_id).ok_or_else(missing)?;
        let after = updated(before.clone(), region_id, update);
        if after == *before {
            continue;
        }
        let after = Model { version: before.version + 1, updated_at: Utc::now(), ..after };
        let mut row = after.clone().into_active_model().reset_all();
        row.id = sea_orm::Unchanged(after.id);
        row.update(transaction).await?;
        published.push(after.directory_row());
    }
    let changed = published.len();
    directory::publish(transaction, published, Vec::new()).await?;
    Ok(changed)
}

async fn stored<C: ConnectionTrait>(
    connection: &C,
    updates: &[LocationUpdate],
) -> Result<HashMap<Uuid, Model>, DbErr> {
    let mut stored = HashMap::new();
    for chunk in updates.chunks(IDS_PER_STATEMENT) {
        let ids = chunk.iter().map(|update| update.id);
        let rows = Entity::find().filter(Column::Id.is_in(ids)).all(connection).await?;
        stored.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(stored)
}

/// The region of each group that is named.
async fn regions<C: ConnectionTrait>(
    connection: &C,
    updates: &[LocationUpdate],
) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let mut groups: Vec<Uuid> = updates.iter().map(|update| update.group_id).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut regions = HashMap::new();
    for ids in groups.chunks(IDS_PER_STATEMENT) {
        let rows =
            unit::Entity::find().filter(unit::Column::Id.is_in(ids.iter().copied())).all(connection).await?;
        regions.extend(rows.into_iter().filter_map(|row| Some((row.id, row.region_id?))));
    }
    Ok(regions)
}

fn updated(before: Model, region_id: Uuid, update: LocationUpdate) -> Model {
    Model {
        region_id,
        group_id: update.group_id,
        name: update.name,
        status: update.status.unwrap_or(before.status),
        street: update.address.street,
        street2: update.address.street2.or(before.street2),
        city: update.address.city,
        subdivision: update.address.subdivision,
        postal_code: update.address.postal_code,
        country: update.address.country,
        latitude: update.coordinates.map(|point| point.latitude).or(before.latitude),
        longitude: update.coordinates.map(|point| point.longitude).or(before.longitude),
        time_zone: update.time_zone,
        currency: update.currency,
        chairs_total: update.chairs_total,
        chairs_active: update.chairs_active,
        opened_on: update.opened_on.or(before.opened_on),
        ..before
    }
}
