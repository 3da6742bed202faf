//! The table `regions`.

use sea_orm::entity::prelude::*;
use sea_orm::{EnumIter, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

use crate::unit::UnitStatus;
use crate::value::Coordinates;

/// A body of law, which regions are under and requirements come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum, EnumIter, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Jurisdiction {
    /// Federal law of the United States.
    UsFederal,
    /// Law of a state of the United States.
    UsState,
    /// Federal law of Canada.
    CanadaFederal,
    /// Law of a province or territory of Canada.
    CanadaProvincial,
    /// Law of the European Union.
    EuGeneral,
    /// Law of the United Kingdom.
    Uk,
    /// Law of Australia.
    Australia,
    /// Any other rule: another country, a city, the franchise agreement.
    Custom,
}

/// Stored list of jurisdictions, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Jurisdictions(pub Vec<Jurisdiction>);

/// Stored list of names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Names(pub Vec<String>);

/// Stored territory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredTerritory {
    /// Postal codes, sorted.
    #[serde(default)]
    pub postal_codes: Vec<String>,
    /// Corners of a polygon, not closed; empty when there is none.
    #[serde(default)]
    pub polygon: Vec<Coordinates>,
}

/// A row of `regions`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "regions")]
pub(crate) struct Model {
    /// The region.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its network.
    pub network_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique in the network.
    pub code: String,
    /// Life cycle.
    pub status: UnitStatus,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// Bodies of law.
    #[sea_orm(column_type = "JsonBinary")]
    pub jurisdictions: Jurisdictions,
    /// Primary markets by name.
    #[sea_orm(column_type = "JsonBinary")]
    pub primary_markets: Names,
    /// Where it is.
    #[sea_orm(column_type = "JsonBinary")]
    pub territory: StoredTerritory,
    /// Locations wanted.
    pub location_target: Option<i32>,
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
    /// How many bytes its long values take.
    pub(crate) fn owned(&self) -> usize {
        let texts = self.primary_markets.0.iter().chain(&self.territory.postal_codes);
        let texts: usize = texts.map(|text| size_of::<String>() + text.capacity()).sum();
        texts + size_of_val(self.territory.polygon.as_slice())
    }
}

/// No relations: ids are followed in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
