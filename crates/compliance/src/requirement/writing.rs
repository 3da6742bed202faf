//! The only writer of requirements: each row with its entry in the audit trail and what its followers are told, in the
//! caller's transaction.

use chrono::Utc;
use sea_orm::{ActiveEnum, ActiveModelTrait, ConnectionTrait, DbErr, IntoActiveModel};
use subgraph::caller::Caller;
use subgraph::changes::{self, NewChange, Recorded};
use subgraph::error::Result;
use subgraph::rows;

use super::entity::{ActiveModel, Model};
use crate::audit::{self, AuditAction, AuditedRecord, REQUIREMENT};
use crate::view::View;
use crate::{document, review};

/// Enters a requirement.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub(crate) async fn enter<C: ConnectionTrait>(
    transaction: &C,
    view: &View,
    caller: &Caller,
    row: &Model,
) -> Result<Recorded> {
    row.clone().into_active_model().insert(transaction).await?;
    let entry = entry(AuditAction::CreateRequirement, row);
    audit::record(transaction, view, caller, row, entry, None::<&Model>, row).await
}

/// Stores what an action made of a requirement, as its next version.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub(crate) async fn change<C: ConnectionTrait>(
    transaction: &C,
    view: &View,
    caller: &Caller,
    before: &Model,
    after: Model,
    action: AuditAction,
) -> Result<Recorded> {
    let after = Model { version: before.version + 1, updated_at: view.calendar.now, ..after };
    after.clone().into_active_model().reset_all().update(transaction).await?;
    let entry = entry(action, &after);
    audit::record(transaction, view, caller, &after, entry, Some(before), &after).await
}

fn entry(action: AuditAction, row: &Model) -> audit::Entry {
    audit::Entry { action, record: AuditedRecord::Requirement, record_id: row.id }
}

/// Loads requirements with all there is about them, as the last that the transaction does. The audit
/// trail has one entry of the load.
///
/// # Errors
/// When a statement fails, for example because an id exists; the caller rolls back.
pub(crate) async fn load<C: ConnectionTrait>(
    transaction: &C,
    requirements: Vec<Model>,
    reviews: Vec<review::entity::Model>,
    documents: Vec<document::entity::Model>,
) -> Result<Recorded, DbErr> {
    let entered = requirements.iter().map(|row| told(row, AuditAction::CreateRequirement)).collect();
    rows::insert_all::<ActiveModel, C>(transaction, requirements).await?;
    rows::insert_all::<review::entity::ActiveModel, C>(transaction, reviews).await?;
    rows::insert_all::<document::entity::ActiveModel, C>(transaction, documents).await?;
    changes::record(transaction, entered).await
}

/// What followers of a requirement are told of an action.
pub(crate) fn told(requirement: &Model, action: AuditAction) -> NewChange {
    NewChange {
        network_id: requirement.network_id,
        entity: REQUIREMENT,
        entity_id: requirement.id,
        unit_id: requirement.unit_id,
        former_unit_id: None,
        kind: action.to_value(),
        // By the log's own clock: how long a change is kept does not depend on a request's.
        occurred_at: Utc::now(),
        detail: None,
    }
}
