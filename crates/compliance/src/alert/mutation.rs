//! Acknowledging alerts.

use async_graphql::{Context, ID, Object, SimpleObject};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};
use subgraph::caller::Caller;
use subgraph::changes::Feed;
use subgraph::database::begin;
use subgraph::error::{Result, UserError, UserErrorCode};
use subgraph::mutation::{Checks, Refusal, outcome};
use subgraph::service::RequestContext;

use super::Alert;
use super::entity::{ActiveModel, Column, Entity, Model};
use super::id::AlertId;
use super::list::{Raised, of_requirements};
use crate::audit::{self, AuditAction, AuditedRecord};
use crate::refusal::writable_requirement;
use crate::requirement::input::MAX_TEXT;
use crate::view::{View, ViewContext};

/// An acknowledged alert, or why it is not.
#[derive(SimpleObject)]
pub(crate) struct AlertPayload {
    /// The alert; null when `userErrors` says why.
    alert: Option<Alert>,
    /// Why nothing was acknowledged; empty otherwise.
    user_errors: Vec<UserError>,
}

/// Root fields that acknowledge alerts.
#[derive(Default)]
pub(crate) struct AlertMutation;

#[Object]
impl AlertMutation {
    /// Notes that you know of an alert. The first acknowledgement of a cause stays: repeating changes nothing.
    async fn acknowledge_alert(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "What others should know; at most 4,000 characters.")] note: Option<String>,
    ) -> Result<AlertPayload> {
        let (view, caller, feed) = (ctx.view()?, ctx.caller()?, ctx.feed()?);
        let (raised, user_errors) = outcome(acknowledge(view, caller, feed, &id, note.as_deref()).await)?;
        Ok(AlertPayload { alert: raised.map(Alert), user_errors })
    }
}

async fn acknowledge(
    view: &View,
    caller: &Caller,
    feed: &Feed,
    id: &ID,
    note: Option<&str>,
) -> Result<Raised, Refusal> {
    let gone = || UserError::at(UserErrorCode::NotFound, "id", "no such alert is raised today");
    let wanted = AlertId::decode(id).ok_or_else(gone)?;
    let transaction = begin(&view.database).await?;
    let requirement = writable_requirement(&transaction, caller, &wanted.requirement.into(), "id").await?;
    let raised = find(&transaction, view, &wanted).await?.ok_or_else(gone)?;
    let mut checks = Checks::default();
    let note = checks.optional_text("note", note, MAX_TEXT);
    checks.finish()?;
    let row = Model {
        requirement_id: requirement.id,
        rule: wanted.rule,
        cause_on: wanted.cause_on,
        lapses: wanted.lapses,
        network_id: requirement.network_id,
        person_id: caller.person,
        note,
        acknowledged_at: view.calendar.now,
    };
    if !insert(&transaction, row.clone()).await? {
        return Ok(raised);
    }
    let entry = audit::Entry {
        action: AuditAction::AcknowledgeAlert,
        record: AuditedRecord::Acknowledgement,
        record_id: requirement.id,
    };
    let recorded =
        audit::record(&transaction, view, caller, &requirement, entry, None::<&Model>, &row).await?;
    let raised = find(&transaction, view, &wanted).await?.ok_or_else(gone)?;
    transaction.commit().await?;
    feed.announce(&recorded);
    Ok(raised)
}

async fn find<C: ConnectionTrait>(transaction: &C, view: &View, id: &AlertId) -> Result<Option<Raised>> {
    let alerts = of_requirements(transaction, view, &[id.requirement]).await?;
    Ok(alerts.into_iter().find(|raised| {
        raised.rule == id.rule && raised.cause_on == id.cause_on && raised.state.row.lapses == id.lapses
    }))
}

/// Whether the row is new.
async fn insert<C: ConnectionTrait>(transaction: &C, row: Model) -> Result<bool, DbErr> {
    let key = [Column::RequirementId, Column::Rule, Column::CauseOn, Column::Lapses];
    let row: ActiveModel = row.into_active_model();
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await;
    match inserted {
        Ok(rows) => Ok(rows > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error),
    }
}
