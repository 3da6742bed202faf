//! Founding and changing networks.

use async_graphql::{Context, ID, Object, SimpleObject};
use sea_orm::EntityTrait;
use subgraph::Result;
use subgraph::caller::{Caller, Permission, Role};
use subgraph::directory::UnitKind;
use subgraph::error::{UserError, UserErrorCode};
use subgraph::mutation::{Refusal, outcome};
use subgraph::sdl::directives::cost;
use uuid::Uuid;

use super::Network;
use super::entity::{ActiveModel, Entity, Model};
use super::input::{CreateNetworkInput, UpdateNetworkInput};
use crate::change::{Change, taken};
use crate::cost::CHANGE;
use crate::unit::Happening;
use crate::{membership, person};

/// A network after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct NetworkPayload {
    /// The network; null when `userErrors` says why.
    network: Option<Network>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct NetworkMutation;

#[Object]
impl NetworkMutation {
    /// Founds a network, which you then own. For owners and admins of a whole network.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn create_network(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The network to create.")] input: CreateNetworkInput,
        #[graphql(desc = "Repeating a request with the same key does not found it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<NetworkPayload> {
        let (row, user_errors) = outcome(create(ctx, &input, idempotency_key.as_deref()).await)?;
        Ok(NetworkPayload { network: row.map(Network::made), user_errors })
    }

    /// Changes a network's own data.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn update_network(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The network.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "What to change.")] input: UpdateNetworkInput,
    ) -> Result<NetworkPayload> {
        let (row, user_errors) = outcome(update(ctx, &id, version, &input).await)?;
        Ok(NetworkPayload { network: row.map(Network::from), user_errors })
    }
}

async fn create(ctx: &Context<'_>, input: &CreateNetworkInput, key: Option<&str>) -> Result<Model, Refusal> {
    let mut change = Change::begin(ctx).await?;
    may_found(&change).await?;
    let row = input.row(change.now)?;
    let owner = founder(&change.reader.caller, &row);
    change
        .insert::<membership::entity::ActiveModel>(&owner, || taken("input", "you own the network already"))
        .await?;
    change.publish_membership(&owner);
    let request = format!("createNetwork {input:?}");
    change.create::<ActiveModel>(row, (key, &request), slug_taken).await
}

async fn may_found(change: &Change<'_>) -> Result<(), Refusal> {
    let caller = &change.reader.caller;
    let refuse = |message: &str| Refusal::from(UserError::new(UserErrorCode::Forbidden, message));
    let permitted = caller
        .grants
        .iter()
        .any(|grant| grant.kind == UnitKind::Network && grant.role.allows(Permission::CreateNetworks));
    if !permitted {
        return Err(refuse("only owners and admins of a whole network may create networks"));
    }
    if person::entity::Entity::find_by_id(caller.person).one(&change.transaction).await?.is_none() {
        return Err(refuse("the platform keeps no record of you, so you cannot become the network's owner"));
    }
    Ok(())
}

/// Whoever founds a network owns it.
fn founder(caller: &Caller, network: &Model) -> membership::entity::Model {
    membership::entity::Model {
        id: Uuid::now_v7(),
        network_id: network.id,
        person_id: caller.person,
        role: Role::Owner,
        unit_kind: UnitKind::Network,
        unit_id: network.id,
        valid_from: network.created_at.date_naive(),
        valid_to: None,
        granted_by: Some(caller.person),
        version: 1,
        created_at: network.created_at,
        updated_at: network.created_at,
    }
}

async fn update(
    ctx: &Context<'_>,
    id: &ID,
    version: i32,
    input: &UpdateNetworkInput,
) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let mut row = change.unit::<Entity>(id, version, Permission::WriteUnits).await?;
    input.apply(&mut row)?;
    change.store::<ActiveModel>(row, Happening::Updated, slug_taken).await
}

fn slug_taken(row: &Model) -> UserError {
    taken(
        "input.slug",
        format!("there is a network `{}` already: slugs are unique on the platform", row.code),
    )
}
