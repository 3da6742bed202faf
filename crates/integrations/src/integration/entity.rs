//! The table of integrations. Instants are seconds since the epoch, so that ages are computed in SQL alike on
//! both databases.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use subgraph::directory::UnitKind;

/// The life-cycle state of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum IntegrationStatus {
    /// Set up but not yet connected.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Connected and synchronising.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// Switched off by someone.
    #[sea_orm(string_value = "INACTIVE")]
    Inactive,
    /// Switched off by the platform, e.g. after too many failures.
    #[sea_orm(string_value = "SUSPENDED")]
    Suspended,
    /// The last synchronisation failed.
    #[sea_orm(string_value = "ERROR")]
    Error,
    /// Its credentials are no longer valid.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
}

/// How often data is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum SyncFrequency {
    /// As webhooks arrive.
    #[sea_orm(string_value = "REALTIME")]
    Realtime,
    /// Every 15 minutes.
    #[sea_orm(string_value = "EVERY_15_MINUTES")]
    #[graphql(name = "EVERY_15_MINUTES")]
    Every15Minutes,
    /// Every hour.
    #[sea_orm(string_value = "HOURLY")]
    Hourly,
    /// Once a day.
    #[sea_orm(string_value = "DAILY")]
    Daily,
    /// Only when someone asks for it.
    #[sea_orm(string_value = "MANUAL")]
    Manual,
}

/// A row of `integrations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "integrations")]
pub struct Model {
    /// The integration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The network it belongs to.
    pub network_id: Uuid,
    /// The unit that is connected.
    pub unit_id: Uuid,
    /// That unit's level.
    pub unit_kind: UnitKind,
    /// A provider's id in the catalogue.
    pub provider: String,
    /// A name for people.
    pub name: String,
    /// Where it stands.
    pub status: IntegrationStatus,
    /// How often it runs.
    pub sync_frequency: SyncFrequency,
    /// The end of the last successful run, in seconds since the epoch.
    pub last_sync_at: Option<i64>,
    /// Why the last run failed, in words for people; cleared by a successful run.
    pub last_error: Option<String>,
    /// Seconds since the epoch.
    pub created_at: i64,
    /// Starts at 1.
    pub version: i32,
}

/// No relations: edges are loaded in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl IntegrationStatus {
    /// Whether someone may set the status to another by hand. Errors, expiry and suspension are found by the
    /// platform; people connect, pause and resume.
    pub fn may_become(self, next: Self) -> bool {
        use IntegrationStatus::{Active, Error, Expired, Inactive, Pending, Suspended};
        matches!(
            (self, next),
            (Active | Error | Expired | Pending | Suspended, Inactive) | (Inactive | Suspended, Pending)
        )
    }
}
