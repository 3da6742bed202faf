//! Many rows at once, for demo data and imports in the same process.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Set};
use subgraph::directory::UnitKind;
use uuid::Uuid;

use crate::integration::entity as integration;
use crate::integration::{IntegrationStatus, SyncFrequency};
use crate::sync_run::entity as sync_run;
use crate::sync_run::{RunOutcome, RunTrigger};

/// Rows per statement: below the parameter limits of both databases.
const ROWS_PER_STATEMENT: usize = 500;

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

/// Inserts integrations and their runs.
///
/// # Errors
/// When a statement fails, for example because an id is taken; the caller rolls back.
pub async fn insert_integrations<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<IntegrationRow>,
) -> Result<(), DbErr> {
    let mut integrations = Vec::with_capacity(rows.len());
    let mut runs = Vec::new();
    for row in rows {
        runs.extend(row.runs.iter().map(|run| run_model(&row, run)));
        integrations.push(integration_model(row));
    }
    insert_all(connection, integrations).await?;
    insert_all(connection, runs).await
}

/// How many integrations there are.
///
/// # Errors
/// When the statement fails.
pub async fn count_integrations<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait;
    integration::Entity::find().count(connection).await
}

async fn insert_all<A, C>(connection: &C, rows: Vec<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
    C: ConnectionTrait,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        A::Entity::insert_many(chunk).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn integration_model(row: IntegrationRow) -> integration::ActiveModel {
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
    .into_active_model()
    .reset_all()
}

fn run_model(integration: &IntegrationRow, run: &RunRow) -> sync_run::ActiveModel {
    sync_run::ActiveModel {
        id: Set(run.id),
        network_id: Set(integration.network_id),
        integration_id: Set(integration.id),
        trigger: Set(run.trigger),
        outcome: Set(run.outcome),
        started_at: Set(run.started_at),
        finished_at: Set(run.finished_at),
        records_read: Set(run.records_read),
        records_written: Set(run.records_written),
        records_failed: Set(run.records_failed),
        error: Set(run.error.clone()),
    }
}
