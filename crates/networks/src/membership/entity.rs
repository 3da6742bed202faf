//! The table `memberships`.

use sea_orm::entity::prelude::*;
use subgraph::caller::Role;
use subgraph::directory::UnitKind;

/// A row of `memberships`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub(crate) struct Model {
    /// The membership.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The unit's network.
    pub network_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// As what.
    pub role: Role,
    /// On which level.
    pub unit_kind: UnitKind,
    /// On which unit.
    pub unit_id: Uuid,
    /// The first day (UTC) it holds.
    pub valid_from: Date,
    /// The first day (UTC) it no longer holds.
    pub valid_to: Option<Date>,
    /// Who granted it; absent when it came with imported data.
    pub granted_by: Option<Uuid>,
    /// Counts changes, from 1.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it changed last.
    pub updated_at: DateTimeUtc,
}

/// No relations: ids are followed in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
