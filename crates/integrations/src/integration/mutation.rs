//! Setting up and changing integrations.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter,
};
use subgraph::caller::{Caller, Permission, Scope};
use subgraph::database::begin;
use subgraph::directory::unit;
use subgraph::error::{UserError, UserErrorCode, is_unique_violation};
use subgraph::idempotency::{self, Claim, MAX_KEY_BYTES};
use subgraph::service::RequestContext;
use subgraph::{Error, Result};
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, IntegrationStatus, Model, SyncFrequency};
use super::input::{self, ChangeIntegrationStatusInput, CreateIntegrationInput, UpdateIntegrationInput};
use super::{Integration, health, store};
use crate::provider;

/// The outcome of a mutation of an integration.
#[derive(SimpleObject)]
pub(super) struct IntegrationPayload {
    /// The integration afterwards; null when nothing was done.
    integration: Option<Integration>,
    /// Why nothing was done; empty on success.
    user_errors: Vec<UserError>,
}

impl IntegrationPayload {
    fn done(row: Model) -> Self {
        Self { integration: Some(Integration::new(row, health::last_full_hour())), user_errors: Vec::new() }
    }

    fn refused(error: UserError) -> Self {
        Self { integration: None, user_errors: vec![error] }
    }
}

/// A failure inside a mutation: expected, or not.
enum Failure {
    Expected(UserError),
    Unexpected(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Unexpected(error)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Unexpected(error.into())
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::Expected(error)
    }
}

fn payload(outcome: Result<Model, Failure>) -> Result<IntegrationPayload> {
    match outcome {
        Ok(row) => Ok(IntegrationPayload::done(row)),
        Err(Failure::Expected(error)) => Ok(IntegrationPayload::refused(error)),
        Err(Failure::Unexpected(error)) => Err(error),
    }
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
        let name = match input.name.as_deref().map(input::name).transpose() {
            Ok(name) => name,
            Err(error) => return Ok(IntegrationPayload::refused(error)),
        };
        let changed = change(context, &input.id, input.version, |row| {
            let mut row = row;
            row.name = name.unwrap_or(row.name);
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
        let changed = change(context, &input.id, input.version, |row| {
            if !row.status.may_become(input.status) {
                let message = format!(
                    "an integration that is {:?} cannot be set to {:?}: switch off with INACTIVE, resume with PENDING",
                    row.status, input.status
                );
                return Err(UserError::at(UserErrorCode::InvalidTransition, "status", message));
            }
            Ok(Model { status: input.status, ..row })
        });
        payload(changed.await)
    }
}

async fn create(context: &Context<'_>, input: CreateIntegrationInput) -> Result<Model, Failure> {
    let caller = context.caller()?;
    let scope = caller.require(Permission::WriteIntegrations)?;
    let provider = provider::find(&input.provider).ok_or_else(|| {
        let message = format!("there is no provider `{}`: see the field `providers`", input.provider);
        UserError::at(UserErrorCode::Invalid, "provider", message)
    })?;
    let name = input::name(input.name.as_deref().unwrap_or(provider.name))?;
    let unit = find_unit(context.database()?, &scope, &input.unit_id).await?;
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
    let transaction = begin(context.database()?).await?;
    if let Some(first) = claim_key(&transaction, caller, input.idempotency_key.as_deref(), &row).await? {
        let rows = store::by_ids(&transaction, &scope, &[first]).await?;
        return rows.into_iter().next().ok_or_else(|| not_found("idempotencyKey").into());
    }
    match row.clone().into_active_model().insert(&transaction).await {
        Ok(row) => {
            transaction.commit().await?;
            Ok(row)
        }
        Err(error) if is_unique_violation(&error) => {
            let message = format!("{} is already connected to {}", unit.name, provider.name);
            Err(UserError::at(UserErrorCode::Taken, "provider", message).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The result of the first mutation with this key, if there was one.
async fn claim_key<C: ConnectionTrait>(
    transaction: &C,
    caller: &Caller,
    key: Option<&str>,
    row: &Model,
) -> Result<Option<Uuid>, Failure> {
    let Some(key) = key else { return Ok(None) };
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        let message = format!("an idempotency key has 1 to {MAX_KEY_BYTES} bytes, not {}", key.len());
        return Err(UserError::at(UserErrorCode::Invalid, "idempotencyKey", message).into());
    }
    let request =
        format!("createIntegration {} {} {} {:?}", row.unit_id, row.provider, row.name, row.sync_frequency);
    match idempotency::claim(transaction, caller.person, key, &request, row.id).await? {
        Claim::Fresh => Ok(None),
        Claim::Replay(first) => Ok(Some(first)),
        Claim::Mismatch => {
            let message = "this key was used for another input; use a new one".to_owned();
            Err(UserError::at(UserErrorCode::IdempotencyKeyReused, "idempotencyKey", message).into())
        }
    }
}

async fn find_unit<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    id: &ID,
) -> Result<unit::Model, Failure> {
    let found = match Uuid::parse_str(id) {
        Ok(id) => unit::Entity::find_by_id(id).filter(scope.units()).one(connection).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| not_found("unitId").into())
}

fn not_found(field: &str) -> UserError {
    UserError::at(UserErrorCode::NotFound, field, "there is nothing with this id that you may change")
}

/// Changes the row that has this version; a row that changed in between is left alone.
async fn change(
    context: &Context<'_>,
    id: &ID,
    version: i32,
    edit: impl FnOnce(Model) -> Result<Model, UserError>,
) -> Result<Model, Failure> {
    let scope = context.caller()?.require(Permission::WriteIntegrations)?;
    let database = context.database()?;
    let id = Uuid::parse_str(id).map_err(|_| not_found("id"))?;
    let row =
        store::by_ids(database, &scope, &[id]).await?.into_iter().next().ok_or_else(|| not_found("id"))?;
    let conflict = |current: i32| {
        let message =
            format!("version {version} is not the current one ({current}): read it again and repeat");
        UserError::at(UserErrorCode::VersionConflict, "version", message)
    };
    if row.version != version {
        return Err(conflict(row.version).into());
    }
    let edited = Model { version: version + 1, ..edit(row)? };
    let mut active: ActiveModel = edited.clone().into_active_model();
    active.id = sea_orm::NotSet;
    let done = Entity::update_many()
        .set(active.reset_all())
        .filter(Expr::col(Column::Id).eq(id).and(Column::Version.eq(version)))
        .exec(database)
        .await?;
    if done.rows_affected == 0 { Err(conflict(version + 1).into()) } else { Ok(edited) }
}
