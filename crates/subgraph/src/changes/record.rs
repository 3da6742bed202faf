//! The tables of the log.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A change that was made.
pub mod change {
    use sea_orm::entity::prelude::*;

    /// A row of `changes`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "changes")]
    pub struct Model {
        /// The network in which it happened.
        #[sea_orm(primary_key, auto_increment = false)]
        pub network_id: Uuid,
        /// Counts the network's changes, from 1, without gaps.
        #[sea_orm(primary_key, auto_increment = false)]
        pub revision: i64,
        /// What kind of record changed, as the service names it.
        pub entity: String,
        /// The record.
        pub entity_id: Uuid,
        /// The unit it belongs to, or the unit itself: who may see that may know.
        pub unit_id: Uuid,
        /// For a unit that moved, the unit it was directly below before.
        pub former_unit_id: Option<Uuid>,
        /// What happened to it, as the service names it.
        pub kind: String,
        /// When.
        pub occurred_at: ChronoDateTimeUtc,
        /// What else is told of it, as the service writes it.
        pub detail: Option<Json>,
    }

    /// No relations: what changed may be in other tables.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The number of a network's newest change.
pub mod clock {
    use sea_orm::entity::prelude::*;

    /// A row of `change_clocks`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_clocks")]
    pub struct Model {
        /// The network.
        #[sea_orm(primary_key, auto_increment = false)]
        pub network_id: Uuid,
        /// The revision of its newest change.
        pub revision: i64,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A change that is being made.
#[derive(Clone, Debug)]
pub struct NewChange {
    /// The network in which it happens.
    pub network_id: Uuid,
    /// What kind of record changes.
    pub entity: &'static str,
    /// The record.
    pub entity_id: Uuid,
    /// The unit it belongs to, or the unit itself.
    pub unit_id: Uuid,
    /// For a unit that moves, the unit it was directly below before.
    pub former_unit_id: Option<Uuid>,
    /// What happens to it.
    pub kind: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What else is told of it.
    pub detail: Option<serde_json::Value>,
}

impl NewChange {
    /// As it is stored.
    pub(super) fn row(self, revision: i64) -> change::Model {
        change::Model {
            network_id: self.network_id,
            revision,
            entity: self.entity.to_owned(),
            entity_id: self.entity_id,
            unit_id: self.unit_id,
            former_unit_id: self.former_unit_id,
            kind: self.kind,
            occurred_at: self.occurred_at,
            detail: self.detail,
        }
    }
}
