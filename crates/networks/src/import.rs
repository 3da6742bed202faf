//! Bringing stored locations up to date with an import: only what the import knows is overwritten, and only as
//! the life cycle of units allows.

use std::collections::HashMap;

use chrono::{NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable,
    PaginatorTrait, QueryFilter,
};
use subgraph::changes;
use subgraph::directory::{self, UnitKind, unit};
use subgraph::load::{Counts, Kind, Load};
use uuid::Uuid;

use crate::change::lock_networks;
use crate::location::entity::{Column, Entity, Model};
use crate::network;
use crate::unit::{Happening, LevelRow, UnitStatus};
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

/// What of an update is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedField {
    /// The status to take.
    Status,
    /// The group to move to.
    Group,
}

/// A location that cannot become what an import says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The location.
    pub id: Uuid,
    /// What is to blame.
    pub field: RefusedField,
    /// Why, and what could be instead.
    pub reason: String,
}

/// Why nothing was updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The life cycle of units does not allow it.
    #[error("locations cannot become what the import says: {0:?}")]
    Refused(Vec<Refusal>),
    /// A statement failed, or a location or group is not stored.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Keeps everybody else from changing a network until the transaction ends.
///
/// # Errors
/// When the statement fails.
pub async fn lock_network<C: ConnectionTrait>(transaction: &C, network: Uuid) -> Result<(), DbErr> {
    lock_networks(transaction, network::entity::Column::Id.eq(network)).await
}

/// Why no unit can be put below a listed one, if none can.
pub fn holds_no_more(unit: &unit::Model) -> Option<String> {
    let status = UnitStatus::iter().find(|status| status.as_str() == unit.status)?;
    status.holds_more(unit.kind).err()
}

/// What of the updates the life cycle of units does not allow.
///
/// # Errors
/// When a statement fails.
pub async fn refusals<C: ConnectionTrait>(
    connection: &C,
    updates: &[LocationUpdate],
) -> Result<Vec<Refusal>, DbErr> {
    Ok(refused(&stored(connection, updates).await?, updates))
}

fn refused(stored: &HashMap<Uuid, Model>, updates: &[LocationUpdate]) -> Vec<Refusal> {
    let known = updates.iter().filter_map(|update| Some((stored.get(&update.id)?, update)));
    known.flat_map(|(before, update)| refused_fields(before, update)).collect()
}

fn refused_fields(before: &Model, update: &LocationUpdate) -> impl Iterator<Item = Refusal> {
    let status = update.status.filter(|status| *status != before.status);
    let status = status.and_then(|status| before.status.step(status).err());
    let group = (update.group_id != before.group_id).then(|| before.status.moves(UnitKind::Location));
    let group = group.and_then(Result::err);
    let id = update.id;
    [(RefusedField::Status, status), (RefusedField::Group, group)]
        .into_iter()
        .filter_map(move |(field, reason)| Some(Refusal { id, field, reason: reason? }))
}

/// How many networks there are.
///
/// # Errors
/// When the statement fails.
pub async fn count_networks<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    network::entity::Entity::find().count(connection).await
}

/// Overwrites stored locations where they differ and publishes the changes; returns how many differed. The caller
/// holds the network's lock ([`lock_network`]).
///
/// # Errors
/// When the life cycle of units does not allow an update, a statement fails, or a location or group is not stored;
/// the caller drops the load.
pub async fn update_locations(load: &mut Load, updates: Vec<LocationUpdate>) -> Result<usize, UpdateError> {
    let transaction = load.transaction();
    let stored = stored(transaction, &updates).await?;
    let refused = refused(&stored, &updates);
    if !refused.is_empty() {
        return Err(UpdateError::Refused(refused));
    }
    let regions = regions(transaction, &updates).await?;
    let (mut published, mut happened) = (Vec::new(), Vec::new());
    let mut networks = Vec::new();
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
        happened.push(happening(before, &after).to(&after, after.updated_at));
        networks.push(after.network_id);
        published.push(after.directory_row());
    }
    let changed = published.len();
    directory::publish(transaction, published, Vec::new()).await?;
    // Services in other processes find out by themselves.
    let _ = changes::record(transaction, happened).await?;
    let one = Counts { made: 0, changed: 1 };
    networks.into_iter().for_each(|network| load.count(network, Kind::Location, one));
    Ok(changed)
}

/// What is said of an update that may be several things.
fn happening(before: &Model, after: &Model) -> Happening {
    if before.group_id != after.group_id {
        Happening::Moved { from: before.group_id }
    } else if before.status != after.status {
        Happening::StatusChanged
    } else {
        Happening::Updated
    }
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
