//! Setting up and changing integrations.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::Utc;
use sea_orm::ConnectionTrait;
use subgraph::Result;
use subgraph::caller::{Caller, Permission};
use subgraph::database::begin;
use subgraph::error::{UserError, UserErrorCode, is_unique_violation};
use subgraph::mutation::{Refusal, at_version, claim, forbidden, not_found, outcome, writable_unit};
use subgraph::service::RequestContext;
use uuid::Uuid;

use super::entity::{IntegrationStatus, Model, SyncFrequency};
use super::input::{self, ChangeIntegrationStatusInput, CreateIntegrationInput, UpdateIntegrationInput};
use super::subscription::IntegrationChangeKind;
use super::{Integration, health, store, writing};
use crate::provider;

const SEE: Permission = Permission::ReadIntegrations;
const WRITE: Permission = Permission::WriteIntegrations;

/// The outcome of a mutation of an integration.
#[derive(SimpleObject)]
pub(super) struct IntegrationPayload {
    /// The integration afterwards; null when nothing was done.
    integration: Option<Integration>,
    /// Why nothing was done; empty on success.
    user_errors: Vec<UserError>,
}

fn payload(changed: Result<Model, Refusal>) -> Result<IntegrationPayload> {
    let (row, user_errors) = outcome(changed)?;
    let integration = row.map(|row| Integration::new(row, health::last_full_hour()));
    Ok(IntegrationPayload { integration, user_errors })
}

/// Mutations of integrations.
#[derive(Default)]
pub struct IntegrationMutation;

#[Object]
impl IntegrationMutation {
    /// Sets up an integration. It is pending until it has connected.
    async fn create_integration(
        &self,
        context: &Context<'_>,
        input: CreateIntegrationInput,
    ) -> Result<IntegrationPayload> {
        payload(create(context, input).await)
    }

    /// Changes an integration's name or frequency.
    async fn update_integration(
        &self,
        context: &Context<'_>,
        input: UpdateIntegrationInput,
    ) -> Result<IntegrationPayload> {
        let updated = IntegrationChangeKind::Updated;
        let changed = change(context, &input.id, input.version, updated, |mut row| {
            if let Some(name) = &input.name {
                row.name = input::name(name)?;
            }
            row.sync_frequency = input.sync_frequency.unwrap_or(row.sync_frequency);
            Ok(row)
        });
        payload(changed.await)
    }

    /// Switches an integration off, or resumes it.
    async fn change_integration_status(
        &self,
        context: &Context<'_>,
        input: ChangeIntegrationStatusInput,
    ) -> Result<IntegrationPayload> {
        let changed = change(
            context,
            &input.id,
            input.version,
            IntegrationChangeKind::StatusChanged,
            |row| {
                if !row.status.may_become(input.status) {
                    let message = format!(
                        "an integration that is {:?} cannot be set to {:?}: switch off with INACTIVE, resume with PENDING",
                        row.status, input.status
                    );
                    return Err(UserError::at(UserErrorCode::InvalidTransition, "status", message));
                }
                Ok(Model { status: input.status, ..row })
            },
        );
        payload(changed.await)
    }
}

async fn create(context: &Context<'_>, input: CreateIntegrationInput) -> Result<Model, Refusal> {
    let caller = context.caller()?;
    let provider = provider::find(&input.provider).ok_or_else(|| {
        let message = format!("there is no provider `{}`: see the field `providers`", input.provider);
        UserError::at(UserErrorCode::Invalid, "provider", message)
    })?;
    let name = input::name(input.name.as_deref().unwrap_or(provider.name))?;
    let transaction = begin(context.database()?).await?;
    let unit = writable_unit(&transaction, caller, &input.unit_id, (SEE, WRITE), "unitId").await?;
    let row = Model {
        id: Uuid::now_v7(),
        network_id: unit.network_id,
        unit_id: unit.id,
        unit_kind: unit.kind,
        provider: provider.id.to_owned(),
        name,
        status: IntegrationStatus::Pending,
        sync_frequency: input.sync_frequency.unwrap_or(SyncFrequency::Hourly),
        last_sync_at: None,
        last_error: None,
        created_at: Utc::now().timestamp(),
        version: 1,
    };
    let request =
        format!("createIntegration {} {} {} {:?}", row.unit_id, row.provider, row.name, row.sync_frequency);
    let key = input.idempotency_key.as_deref();
    if let Some(earlier) = claim(&transaction, caller, key, &request, row.id).await? {
        let earlier = store::by_ids(&transaction, &caller.scope(SEE), &[earlier]).await?.pop();
        return Ok(earlier.ok_or_else(|| not_found("idempotencyKey", "integration"))?);
    }
    match writing::insert(&transaction, vec![row.clone()], Vec::new()).await {
        Ok(recorded) => {
            transaction.commit().await?;
            context.feed()?.announce(&recorded);
            Ok(row)
        }
        Err(error) if is_unique_violation(&error) => {
            let message = format!("{} is already connected to {}", unit.name, provider.name);
            Err(UserError::at(UserErrorCode::Taken, "provider", message).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes the row that has this version; a row that changed in between is left alone.
async fn change(
    context: &Context<'_>,
    id: &ID,
    version: i32,
    kind: IntegrationChangeKind,
    edit: impl FnOnce(Model) -> Result<Model, UserError>,
) -> Result<Model, Refusal> {
    let transaction = begin(context.database()?).await?;
    let row = writable(&transaction, context.caller()?, id).await?;
    at_version("integration", row.version, version)?;
    let edited = Model { version: version + 1, ..edit(row)? };
    match writing::update(&transaction, &edited, kind).await? {
        Some(recorded) => {
            transaction.commit().await?;
            context.feed()?.announce(&recorded);
        }
        None => at_version("integration", version + 1, version)?,
    }
    Ok(edited)
}

/// The integration to change.
async fn writable<C: ConnectionTrait>(database: &C, caller: &Caller, id: &ID) -> Result<Model, Refusal> {
    let missing = || not_found("id", "integration");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let row = store::by_ids(database, &caller.scope(SEE), &[id]).await?.pop().ok_or_else(missing)?;
    if store::by_ids(database, &caller.scope(WRITE), &[id]).await?.is_empty() {
        return Err(forbidden("id", WRITE).into());
    }
    Ok(row)
}
