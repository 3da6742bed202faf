//! Many rows at once, for demo data and imports in the same process.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait};
use subgraph::directory::UnitKind;
use subgraph::load::{Kind, Load};
use uuid::Uuid;

use crate::integration::entity as integration;
use crate::integration::{IntegrationStatus, SyncFrequency, writing};
use crate::sync_run::entity as sync_run;
use crate::sync_run::{RunOutcome, RunTrigger};

/// An integration to insert, with its runs.
#[derive(Clone, Debug)]
pub struct IntegrationRow {
    /// The integration.
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
    /// Why the last run failed.
    pub last_error: Option<String>,
    /// Seconds since the epoch.
    pub created_at: i64,
    /// Its runs.
    pub runs: Vec<RunRow>,
}

/// A run to insert.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// The run.
    pub id: Uuid,
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
    /// Why it failed.
    pub error: Option<String>,
}

/// Inserts integrations and their runs, as the last that the load does. Followers are told of each integration.
///
/// # Errors
/// When a statement fails, for example because an id is taken; the caller drops the load.
pub async fn insert_integrations(load: &mut Load, rows: Vec<IntegrationRow>) -> Result<(), DbErr> {
    load.made(Kind::Integration, rows.iter().map(|row| row.network_id));
    let mut integrations = Vec::with_capacity(rows.len());
    let mut runs = Vec::new();
    for row in rows {
        runs.extend(row.runs.iter().map(|run| run_model(&row, run)));
        integrations.push(integration_model(row));
    }
    // Services find out by themselves.
    writing::insert(load.transaction(), integrations, runs).await.map(drop)
}

/// How many integrations there are.
///
/// # Errors
/// When the statement fails.
pub async fn count_integrations<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    integration::Entity::find().count(connection).await
}

fn integration_model(row: IntegrationRow) -> integration::Model {
    integration::Model {
        id: row.id,
        network_id: row.network_id,
        unit_id: row.unit_id,
        unit_kind: row.unit_kind,
        provider: row.provider,
        name: row.name,
        status: row.status,
        sync_frequency: row.sync_frequency,
        last_sync_at: row.last_sync_at,
        last_error: row.last_error,
        created_at: row.created_at,
        version: 1,
    }
}

fn run_model(integration: &IntegrationRow, run: &RunRow) -> sync_run::Model {
    sync_run::Model {
        id: run.id,
        network_id: integration.network_id,
        integration_id: integration.id,
        trigger: run.trigger,
        outcome: run.outcome,
        started_at: run.started_at,
        finished_at: run.finished_at,
        records_read: run.records_read,
        records_written: run.records_written,
        records_failed: run.records_failed,
        error: run.error.clone(),
    }
}
