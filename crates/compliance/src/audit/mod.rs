//! The audit trail: who changed what, when, from what to what, and what was loaded at once.

pub(crate) mod chain;
pub(crate) mod entity;
pub(crate) mod load;
pub(crate) mod query;

use async_graphql::Enum;
use chrono::SubsecRound;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DeriveActiveEnum, EnumIter, IntoActiveModel};
use serde::Serialize;
use subgraph::caller::Caller;
use subgraph::changes::{self, Recorded};
use subgraph::error::{Error, Result};
use uuid::Uuid;

use crate::requirement::entity::Model as Requirement;
use crate::requirement::writing::told;
use crate::view::View;

/// What the log of changes calls a requirement.
pub(crate) const REQUIREMENT: &str = "REQUIREMENT";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuditAction {
    /// A requirement was entered.
    CreateRequirement,
    /// A requirement was changed.
    UpdateRequirement,
    /// A requirement was declared to no longer apply.
    RetireRequirement,
    /// A review was recorded.
    RecordReview,
    /// A document was added.
    AddDocument,
    /// An alert was acknowledged.
    AcknowledgeAlert,
    /// Many records were loaded at once, into any of the services.
    LoadRecords,
    /// A load was refused: nothing of it was made or changed.
    RefuseLoad,
}

/// What kind of record was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuditedRecord {
    /// A requirement.
    Requirement,
    /// A document.
    Document,
    /// An acknowledgement of an alert.
    Acknowledgement,
    /// Records of any kinds that were loaded at once.
    Load,
}

/// What a change was about.
pub(crate) struct Entry {
    pub(crate) action: AuditAction,
    pub(crate) record: AuditedRecord,
    pub(crate) record_id: Uuid,
}

/// Adds an entry to the trail and its chain in the transaction of the change, and records the change for those who follow it.
///
/// # Errors
/// When a statement fails; the caller rolls the change back: nothing changes without a trace.
pub(crate) async fn record<C, B, A>(
    transaction: &C,
    view: &View,
    caller: &Caller,
    requirement: &Requirement,
    entry: Entry,
    before: Option<&B>,
    after: &A,
) -> Result<Recorded>
where
    C: ConnectionTrait,
    B: Serialize,
    A: Serialize,
{
    let row = entity::Model {
        id: Uuid::now_v7(),
        network_id: requirement.network_id,
        unit_id: requirement.unit_id,
        requirement_id: Some(requirement.id),
        actor_id: Some(caller.person),
        action: entry.action,
        record: entry.record,
        record_id: entry.record_id,
        before: before.map(serde_json::to_value).transpose().map_err(Error::internal)?,
        after: serde_json::to_value(after).map_err(Error::internal)?,
        // As exactly as both databases keep it.
        at: view.calendar.now.trunc_subsecs(6),
    };
    row.clone().into_active_model().insert(transaction).await?;
    chain::append(transaction, &row).await?;
    Ok(changes::record(transaction, vec![told(requirement, entry.action)]).await?)
}
