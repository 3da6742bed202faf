//! Creating, changing and moving locations.

use async_graphql::{Context, ID, Object, SimpleObject};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::error::UserError;
use subgraph::mutation::{Refusal, outcome};
use subgraph::sdl::directives::cost;

use super::Location;
use super::entity::{ActiveModel, Entity, Model};
use super::input::{CreateLocationInput, UpdateLocationInput};
use crate::change::{Change, taken};
use crate::cost::CHANGE;
use crate::group::entity::Entity as Groups;
use crate::unit::{Happening, LevelRow};

/// A location after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct LocationPayload {
    /// The location; null when `userErrors` says why.
    location: Option<Location>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

impl LocationPayload {
    fn of(result: Result<Model, Refusal>) -> Result<Self> {
        let (row, user_errors) = outcome(result)?;
        Ok(Self { location: row.map(Location::from), user_errors })
    }
}

#[derive(Default)]
pub(crate) struct LocationMutation;

#[Object]
impl LocationMutation {
    /// Creates a location in a group.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn create_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location to create.")] input: CreateLocationInput,
        #[graphql(desc = "Repeating a request with the same key does not create it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<LocationPayload> {
        LocationPayload::of(create(ctx, &input, idempotency_key.as_deref()).await)
    }

    /// Changes a location's own data.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn update_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "What to change.")] input: UpdateLocationInput,
    ) -> Result<LocationPayload> {
        LocationPayload::of(update(ctx, &id, version, &input).await)
    }

    /// Moves a location to another group of its network, in the same region or another one. Needs the right to
    /// create and move units in both groups. To the group where it is, nothing happens.
    ///
    /// A move out of a group or region that is `SUSPENDED`, or into one, is for owners and admins of the network,
    /// as suspending and lifting it are. What is `SUSPENDED` itself stays so wherever it moves.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn move_location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "The group to move it to.")] group_id: ID,
    ) -> Result<LocationPayload> {
        LocationPayload::of(relocate(ctx, &id, version, &group_id).await)
    }
}

async fn create(ctx: &Context<'_>, input: &CreateLocationInput, key: Option<&str>) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let group = change.parent::<Groups>(&input.group_id, "input.groupId").await?;
    let row = input.row(&change, &group).await?;
    let request = format!("createLocation {input:?}");
    change.create::<ActiveModel>(row, (key, &request), code_taken).await
}

async fn update(
    ctx: &Context<'_>,
    id: &ID,
    version: i32,
    input: &UpdateLocationInput,
) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let mut row = change.unit::<Entity>(id, version, Permission::WriteUnits).await?;
    input.apply(&change, &mut row).await?;
    change.store::<ActiveModel>(row, Happening::Updated, code_taken).await
}

async fn relocate(ctx: &Context<'_>, id: &ID, version: i32, group_id: &ID) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let mut row = change.unit_to_move::<Entity>(id, version).await?;
    let group = change.target::<Groups>(&row.place(), group_id, "groupId").await?;
    if row.group_id == group.id {
        return Ok(row);
    }
    let moved = Happening::Moved { from: row.group_id };
    (row.region_id, row.group_id) = (group.region_id, group.id);
    change.store::<ActiveModel>(row, moved, code_taken).await
}

fn code_taken(row: &Model) -> UserError {
    taken(
        "input.code",
        format!("there is a location `{}` already: their codes are unique on the platform", row.code),
    )
}
