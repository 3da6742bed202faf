//! Creating and changing regions.

use async_graphql::{Context, ID, Object, SimpleObject};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::error::UserError;
use subgraph::mutation::{Refusal, outcome};
use subgraph::sdl::directives::cost;

use super::Region;
use super::entity::{ActiveModel, Entity, Model};
use super::input::{CreateRegionInput, UpdateRegionInput};
use crate::change::{Change, taken};
use crate::cost::CHANGE;
use crate::network::entity::Entity as Networks;
use crate::unit::Happening;

/// A region after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct RegionPayload {
    /// The region; null when `userErrors` says why.
    region: Option<Region>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

impl RegionPayload {
    fn of(result: Result<Model, Refusal>) -> Result<Self> {
        let (row, user_errors) = outcome(result)?;
        Ok(Self { region: row.map(Region::from), user_errors })
    }
}

#[derive(Default)]
pub(crate) struct RegionMutation;

#[Object]
impl RegionMutation {
    /// Creates a region in a network.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn create_region(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region to create.")] input: CreateRegionInput,
        #[graphql(desc = "Repeating a request with the same key does not create it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<RegionPayload> {
        RegionPayload::of(create(ctx, &input, idempotency_key.as_deref()).await)
    }

    /// Changes a region's own data.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn update_region(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "What to change.")] input: UpdateRegionInput,
    ) -> Result<RegionPayload> {
        RegionPayload::of(update(ctx, &id, version, &input).await)
    }
}

async fn create(ctx: &Context<'_>, input: &CreateRegionInput, key: Option<&str>) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let network = change.parent::<Networks>(&input.network_id, "input.networkId").await?;
    let row = input.row(&network, change.now)?;
    let request = format!("createRegion {input:?}");
    change.create::<ActiveModel>(row, (key, &request), code_taken).await
}

async fn update(
    ctx: &Context<'_>,
    id: &ID,
    version: i32,
    input: &UpdateRegionInput,
) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let mut row = change.unit::<Entity>(id, version, Permission::WriteUnits).await?;
    input.apply(&mut row)?;
    change.store::<ActiveModel>(row, Happening::Updated, code_taken).await
}

fn code_taken(row: &Model) -> UserError {
    taken("input.code", format!("the network has a region `{}` already", row.code))
}
