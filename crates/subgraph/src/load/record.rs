//! What is kept of a load until the audit trail has it.

use std::ops::AddAssign;

use async_graphql::Enum;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// A kind of record that is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "LoadedKind")]
pub enum Kind {
    /// Networks.
    Network,
    /// Regions.
    Region,
    /// Groups.
    Group,
    /// Locations.
    Location,
    /// People.
    Person,
    /// Memberships.
    Membership,
    /// The figures of a location and day.
    DailyFigures,
    /// Requirements, with their reviews and documents.
    Requirement,
    /// Integrations, with their runs.
    Integration,
}

/// How many records a load made and changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// New ones.
    pub made: u64,
    /// Such as were there and are different now.
    pub changed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.made += other.made;
        self.changed += other.changed;
    }
}

/// What a load did with one kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The kind.
    pub kind: Kind,
    /// How many.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What a load did, a kind at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Records(pub Vec<Record>);

/// The table of notices.
pub mod notice {
    use sea_orm::entity::prelude::*;

    use super::Records;

    /// A row of `load_notices`: a load as far as it concerns one network.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "load_notices")]
    pub struct Model {
        /// The notice, and the entry that it becomes.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The network.
        pub network_id: Uuid,
        /// What was loaded is called so.
        pub source: String,
        /// The SHA-256 of its bytes.
        pub digest: Option<String>,
        /// Who loaded it.
        pub loaded_by: String,
        /// What was made and changed.
        #[sea_orm(column_type = "JsonBinary")]
        pub records: Records,
        /// Rows because of which the load was refused as a whole.
        pub refused: i64,
        /// When.
        pub at: ChronoDateTimeUtc,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
