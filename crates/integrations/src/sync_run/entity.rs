//! The table of sync runs. Instants are seconds since the epoch, as in `integrations`.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunTrigger {
    /// Its time had come.
    #[sea_orm(string_value = "SCHEDULE")]
    Schedule,
    /// The provider sent a webhook.
    #[sea_orm(string_value = "WEBHOOK")]
    Webhook,
    /// Someone asked for it.
    #[sea_orm(string_value = "MANUAL")]
    Manual,
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunOutcome {
    /// Under way.
    #[sea_orm(string_value = "RUNNING")]
    Running,
    /// Everything was exchanged.
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    /// It ended early.
    #[sea_orm(string_value = "FAILED")]
    Failed,
}

/// A row of `sync_runs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_runs")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The network it belongs to.
    pub network_id: Uuid,
    /// The integration.
    pub integration_id: Uuid,
    /// What started it.
    pub trigger: RunTrigger,
    /// How it went.
    pub outcome: RunOutcome,
    /// Seconds since the epoch.
    pub started_at: i64,
    /// Seconds since the epoch; empty while it runs.
    pub finished_at: Option<i64>,
    /// Records read from the provider.
    pub records_read: i64,
    /// Records written to the provider.
    pub records_written: i64,
    /// Records that were refused.
    pub records_failed: i64,
    /// Why it failed, in words for people.
    pub error: Option<String>,
}

/// No relations: edges are loaded in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
