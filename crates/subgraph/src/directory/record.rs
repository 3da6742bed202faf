//! The tables of the directory, which are also its wire format.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// The levels of the tree, top down.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Enum,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UnitKind {
    /// A franchise network: one brand's whole system.
    #[sea_orm(string_value = "NETWORK")]
    Network,
    /// A region of a network.
    #[sea_orm(string_value = "REGION")]
    Region,
    /// A group of locations in a region, often one franchisee's.
    #[sea_orm(string_value = "GROUP")]
    Group,
    /// A place where customers are served.
    #[sea_orm(string_value = "LOCATION")]
    Location,
}

/// A unit and its place in the tree.
///
/// The id columns hold the unit's own id at its own level and its ancestors' ids above, so "everything in
/// region R" is `region_id = R` with R itself included.
pub mod unit {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::UnitKind;

    /// A row of `directory_units`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
    #[sea_orm(table_name = "directory_units")]
    pub struct Model {
        /// The unit.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Its level.
        pub kind: UnitKind,
        /// The network it belongs to, or itself.
        pub network_id: Uuid,
        /// The region it belongs to, or itself.
        pub region_id: Option<Uuid>,
        /// The group it belongs to, or itself.
        pub group_id: Option<Uuid>,
        /// The name for people.
        pub name: String,
        /// The code for people: a network's slug, a region's, group's or location's code.
        pub code: String,
        /// The life-cycle status as networks spells it, e.g. `ACTIVE`.
        pub status: String,
        /// IANA time zone, e.g. `America/New_York`; "today" is in this zone.
        pub time_zone: String,
        /// ISO 4217. A location's own; above, the currency figures are reported in when locations agree.
        pub currency: String,
        /// First day of business, if known.
        pub opened_on: Option<Date>,
        /// The number of the last change.
        pub change: i64,
    }

    /// No relations: the tree is in the id columns.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A grant with its period.
pub mod membership {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::UnitKind;
    use crate::caller::Role;

    /// A row of `directory_memberships`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
    #[sea_orm(table_name = "directory_memberships")]
    pub struct Model {
        /// The membership.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who.
        pub person_id: Uuid,
        /// As what.
        pub role: Role,
        /// On which level.
        pub unit_kind: UnitKind,
        /// On which unit.
        pub unit_id: Uuid,
        /// The unit's network.
        pub network_id: Uuid,
        /// The first day (UTC) it holds.
        pub valid_from: Date,
        /// The first day (UTC) it no longer holds.
        pub valid_to: Option<Date>,
        /// The number of the last change.
        pub change: i64,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The number of the last change, made or followed.
pub mod clock {
    use sea_orm::entity::prelude::*;

    /// The single row of `directory_clock`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "directory_clock")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// The last change.
        pub value: i64,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A page of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Units changed, each in its latest state.
    pub units: Vec<unit::Model>,
    /// Memberships changed, each in its latest state.
    pub memberships: Vec<membership::Model>,
    /// Everything up to this change is included.
    pub up_to: i64,
    /// Whether this reaches the newest change.
    pub complete: bool,
}
