//! The table `networks`.

use sea_orm::entity::prelude::*;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use crate::unit::UnitStatus;

/// Who owns the locations of a network.
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
pub enum NetworkType {
    /// The brand owns all locations.
    #[sea_orm(string_value = "CORPORATE_OWNED")]
    CorporateOwned,
    /// Franchisees own the locations.
    #[sea_orm(string_value = "FRANCHISEE_OWNED")]
    FranchiseeOwned,
    /// A master franchisee sells franchises of its own.
    #[sea_orm(string_value = "MASTER_FRANCHISE")]
    MasterFranchise,
    /// Developers hold the right to open a number of locations in an area.
    #[sea_orm(string_value = "AREA_DEVELOPMENT")]
    AreaDevelopment,
    /// Some locations belong to the brand, some to franchisees.
    #[sea_orm(string_value = "HYBRID")]
    Hybrid,
}

/// A row of `networks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "networks")]
pub(crate) struct Model {
    /// The network.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The same id: every table carries the network.
    pub network_id: Uuid,
    /// Name for people.
    pub name: String,
    /// The slug.
    pub code: String,
    /// The company behind the brand.
    pub legal_name: String,
    /// The brand.
    pub brand: String,
    /// Who owns the locations.
    pub network_type: NetworkType,
    /// Life cycle.
    pub status: UnitStatus,
    /// Headquarters: street and number.
    pub street: Option<String>,
    /// Headquarters: second line.
    pub street2: Option<String>,
    /// Headquarters: city.
    pub city: Option<String>,
    /// Headquarters: state, province or county.
    pub subdivision: Option<String>,
    /// Headquarters: postal code.
    pub postal_code: Option<String>,
    /// Headquarters: ISO 3166-1 alpha-2.
    pub country: String,
    /// Headquarters: IANA time zone.
    pub time_zone: String,
    /// ISO 4217: what fees and network figures are stated in.
    pub currency: String,
    /// Locations wanted.
    pub location_target: Option<i32>,
    /// One-time fee per location, in minor units.
    pub initial_fee_minor: i64,
    /// Share of revenue, in hundredths of a percent.
    pub royalty_basis_points: i32,
    /// Share of revenue for marketing, in hundredths of a percent.
    pub marketing_basis_points: i32,
    /// Least royalty per location and month, in minor units.
    pub minimum_monthly_fee_minor: i64,
    /// When the network was established.
    pub opened_on: Option<Date>,
    /// Whether it is made up.
    pub is_demo: bool,
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
