//! The table `location_groups`.

use sea_orm::entity::prelude::*;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use crate::unit::UnitStatus;

/// Why locations form a group.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    async_graphql::Enum,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GroupType {
    /// One franchisee with the right to open locations in an area.
    #[sea_orm(string_value = "AREA_DEVELOPMENT")]
    AreaDevelopment,
    /// One franchisee with several locations.
    #[sea_orm(string_value = "MULTI_UNIT")]
    MultiUnit,
    /// One franchisee with one location.
    #[sea_orm(string_value = "SINGLE_UNIT")]
    SingleUnit,
    /// Locations of the brand itself.
    #[sea_orm(string_value = "CORPORATE_CLUSTER")]
    CorporateCluster,
}

/// A row of `location_groups`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "location_groups")]
pub(crate) struct Model {
    /// The group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its network.
    pub network_id: Uuid,
    /// Its region.
    pub region_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique in the region.
    pub code: String,
    /// Why its locations form a group.
    pub group_type: GroupType,
    /// Life cycle.
    pub status: UnitStatus,
    /// Who operates its locations under a franchise agreement.
    pub franchisee_id: Option<Uuid>,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// First day of business.
    pub opened_on: Option<Date>,
    /// Counts changes, from 1.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it changed last.
    pub updated_at: DateTimeUtc,
}

impl Model {
    /// How many bytes its long values take: it has none.
    pub(crate) fn owned(&self) -> usize {
        0
    }
}

/// No relations: ids are followed in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
