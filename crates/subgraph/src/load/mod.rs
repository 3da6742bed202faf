//! Loads: many records at once, each load with a notice of it for the audit trail.
//!
//! A [`Load`] is a transaction that cannot commit without a [`notice`] for each network of which it made or changed
//! records. The trail is another service's: notices wait in the database they are of until it has them ([`waiting`],
//! [`handed_over`]). A notice that is handed over twice, because something failed in between, is one entry there: it
//! has the same id.

mod migration;
mod record;
mod waiting;

use std::collections::BTreeMap;

use chrono::{SubsecRound, Utc};
use sea_orm::{ActiveModelTrait, DatabaseConnection, DatabaseTransaction, DbErr, IntoActiveModel};
use uuid::Uuid;

pub use migration::Migration;
pub use record::{Counts, Kind, Record, Records, notice};
pub use waiting::{handed_over, waiting};

use crate::database::begin;

/// What is loaded, and who does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called: a file's name.
    pub name: String,
    /// The SHA-256 of a file's bytes in lower-case hexadecimal digits; `None` of what is no file or was not read.
    pub digest: Option<String>,
    /// Who loads it: a name, as trusted as whoever may write into the databases.
    pub by: String,
}

#[cfg(feature = "test-util")]
impl Source {
    /// Of what tests load.
    pub fn of_tests() -> Self {
        Self { name: "test".to_owned(), digest: None, by: "tests".to_owned() }
    }
}

/// A load under way. Dropping it undoes it.
pub struct Load {
    transaction: DatabaseTransaction,
    source: Source,
    networks: BTreeMap<Uuid, BTreeMap<Kind, Counts>>,
}

impl Load {
    /// Begins a load into a service's database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(database: &DatabaseConnection, source: Source) -> Result<Self, DbErr> {
        Ok(Self { transaction: begin(database).await?, source, networks: BTreeMap::new() })
    }

    /// The transaction in which everything is loaded.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Counts records of a network that were made or changed.
    pub fn count(&mut self, network: Uuid, kind: Kind, counts: Counts) {
        if counts != Counts::default() {
            *self.networks.entry(network).or_default().entry(kind).or_default() += counts;
        }
    }

    /// Counts records that were made, by their networks.
    pub fn made(&mut self, kind: Kind, networks: impl IntoIterator<Item = Uuid>) {
        networks.into_iter().for_each(|network| self.count(network, kind, Counts { made: 1, changed: 0 }));
    }

    /// Ends the load with a notice for each network of which anything was made or changed.
    ///
    /// # Errors
    /// When a statement fails; nothing is kept of the load then.
    pub async fn commit(self) -> Result<(), DbErr> {
        for (network, kinds) in self.networks {
            let records = kinds.into_iter().map(|(kind, counts)| Record { kind, counts }).collect();
            let row = row(network, &self.source, Records(records), 0);
            row.into_active_model().insert(&self.transaction).await?;
        }
        self.transaction.commit().await
    }
}

/// Leaves a notice of a load into a network that was refused as a whole, because of so many of its rows.
///
/// # Errors
/// When the statement fails.
pub async fn refuse(
    database: &DatabaseConnection,
    network: Uuid,
    source: &Source,
    rows: usize,
) -> Result<(), DbErr> {
    let rows = i64::try_from(rows).map_err(|error| DbErr::Custom(error.to_string()))?;
    let notice = row(network, source, Records::default(), rows);
    notice.into_active_model().insert(database).await.map(drop)
}

fn row(network: Uuid, source: &Source, records: Records, refused: i64) -> notice::Model {
    notice::Model {
        id: Uuid::now_v7(),
        network_id: network,
        source: source.name.clone(),
        digest: source.digest.clone(),
        loaded_by: source.by.clone(),
        records,
        refused,
        // As exactly as both databases keep it.
        at: Utc::now().trunc_subsecs(6),
    }
}
