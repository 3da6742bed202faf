//! The table `locations`.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::unit::UnitStatus;
use crate::value::OpeningPeriod;

/// Stored opening hours, by weekday and time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredHours(pub Vec<OpeningPeriod>);

/// A row of `locations`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "locations")]
pub(crate) struct Model {
    /// The location.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its network.
    pub network_id: Uuid,
    /// Its region.
    pub region_id: Uuid,
    /// Its group.
    pub group_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Unique on the platform.
    pub code: String,
    /// Life cycle.
    pub status: UnitStatus,
    /// Street and number.
    pub street: Option<String>,
    /// Second line.
    pub street2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State, province or county.
    pub subdivision: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// IANA time zone.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// Chairs there are.
    pub chairs_total: i32,
    /// Chairs in use.
    pub chairs_active: i32,
    /// When it is open.
    #[sea_orm(column_type = "JsonBinary")]
    pub opening_hours: StoredHours,
    /// Who owns it.
    pub owner_id: Option<Uuid>,
    /// Who manages it.
    pub manager_id: Option<Uuid>,
    /// Telephone, E.164.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
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
        size_of_val(self.opening_hours.0.as_slice())
    }
}

/// No relations: ids are followed in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
