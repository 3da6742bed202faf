//! Loading many records at once, for imports and demo data: trusted code in the same process.
//!
//! Rows go in with a few hundred per statement, and the directory is published in the same transaction.

mod models;
mod rows;
mod tree;

use chrono::Utc;
use sea_orm::DbErr;
use subgraph::changes::{self, NewChange};
use subgraph::directory::{self, unit};
use subgraph::load::{Kind, Load};
use subgraph::rows::insert_all;
use uuid::Uuid;

pub use crate::group::GroupType;
pub use crate::network::NetworkType;
pub use crate::region::Jurisdiction;
pub use crate::unit::UnitStatus;
pub use crate::value::{Address, Coordinates, OpeningPeriod, Weekday};
pub use rows::{GroupRow, LocationRow, MembershipRow, NetworkRow, PersonRow, RegionRow, Rows};

use tree::Units;

use crate::membership::MembershipChangeKind;
use crate::person::PersonChangeKind;
use crate::unit::{Happening, LevelRow};
use crate::{group, location, membership, network, person, region};

/// Why a load failed; nothing of it is kept when the caller drops it.
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

/// Stores rows and publishes them to the directory, as a part of a load.
///
/// # Errors
/// When a parent is unknown or a statement fails.
pub async fn insert(load: &mut Load, rows: Rows) -> Result<(), BulkError> {
    let transaction = load.transaction();
    let mut places = tree::stored_places(transaction, &rows).await?;
    let units = tree::units(rows.networks, rows.regions, rows.groups, rows.locations, &mut places)?;
    let memberships = tree::memberships(rows.memberships, &places)?;
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
    let persons: Vec<_> = rows.persons.into_iter().map(models::person).collect();
    happened.extend(persons.iter().map(|row| PersonChangeKind::Created.to(row.id, row.network_id, now)));
    happened.extend(memberships.iter().map(|row| MembershipChangeKind::Granted.to(row, now)));
    let made = made(&units, &persons, &memberships);
    insert_all::<person::entity::ActiveModel, _>(transaction, persons).await?;
    insert_all::<network::entity::ActiveModel, _>(transaction, units.networks).await?;
    insert_all::<region::entity::ActiveModel, _>(transaction, units.regions).await?;
    insert_all::<group::entity::ActiveModel, _>(transaction, units.groups).await?;
    insert_all::<location::entity::ActiveModel, _>(transaction, units.locations).await?;
    insert_all::<membership::entity::ActiveModel, _>(transaction, memberships).await?;
    directory::publish(transaction, listed, grants).await?;
    // Services in other processes find out by themselves.
    let _ = changes::record(transaction, happened).await?;
    made.into_iter().for_each(|(kind, networks)| load.made(kind, networks));
    Ok(())
}

/// The networks of the records of each kind.
fn made(
    units: &Units,
    persons: &[person::entity::Model],
    memberships: &[membership::entity::Model],
) -> [(Kind, Vec<Uuid>); 6] {
    [
        (Kind::Network, units.networks.iter().map(|row| row.id).collect()),
        (Kind::Region, units.regions.iter().map(|row| row.network_id).collect()),
        (Kind::Group, units.groups.iter().map(|row| row.network_id).collect()),
        (Kind::Location, units.locations.iter().map(|row| row.network_id).collect()),
        (Kind::Person, persons.iter().map(|row| row.network_id).collect()),
        (Kind::Membership, memberships.iter().map(|row| row.network_id).collect()),
    ]
}
