//! Creating, changing and moving groups.

use async_graphql::{Context, ID, Object, SimpleObject};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::error::UserError;
use subgraph::mutation::{Refusal, outcome};
use subgraph::sdl::directives::cost;

use super::Group;
use super::entity::{ActiveModel, Entity, Model};
use super::input::{CreateGroupInput, UpdateGroupInput};
use crate::change::{Change, taken};
use crate::cost::{CHANGE, DEEP_CHANGE};
use crate::location::entity as location;
use crate::region::entity::Entity as Regions;
use crate::unit::{Happening, LevelRow};

/// A group after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct GroupPayload {
    /// The group; null when `userErrors` says why.
    group: Option<Group>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

impl GroupPayload {
    fn of(result: Result<Model, Refusal>) -> Result<Self> {
        let (row, user_errors) = outcome(result)?;
        Ok(Self { group: row.map(Group::from), user_errors })
    }
}

#[derive(Default)]
pub(crate) struct GroupMutation;

#[Object]
impl GroupMutation {
    /// Creates a group in a region.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn create_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group to create.")] input: CreateGroupInput,
        #[graphql(desc = "Repeating a request with the same key does not create it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<GroupPayload> {
        GroupPayload::of(create(ctx, &input, idempotency_key.as_deref()).await)
    }

    /// Changes a group's own data.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn update_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "What to change.")] input: UpdateGroupInput,
    ) -> Result<GroupPayload> {
        GroupPayload::of(update(ctx, &id, version, &input).await)
    }

    /// Moves a group with all its locations to another region of its network. Needs the right to create and move
    /// units in both regions. To the region where it is, nothing happens.
    ///
    /// A move out of a region that is `SUSPENDED`, or into one, is for owners and admins of the network, as
    /// suspending and lifting it are. What is `SUSPENDED` itself stays so wherever it moves.
    #[graphql(directive = cost::apply(DEEP_CHANGE))]
    async fn move_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "The region to move it to.")] region_id: ID,
    ) -> Result<GroupPayload> {
        GroupPayload::of(relocate(ctx, &id, version, &region_id).await)
    }
}

async fn create(ctx: &Context<'_>, input: &CreateGroupInput, key: Option<&str>) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let region = change.parent::<Regions>(&input.region_id, "input.regionId").await?;
    let row = input.row(&change, &region).await?;
    let request = format!("createGroup {input:?}");
    change.create::<ActiveModel>(row, (key, &request), |row| code_taken("input.code", row)).await
}

async fn update(
    ctx: &Context<'_>,
    id: &ID,
    version: i32,
    input: &UpdateGroupInput,
) -> Result<Model, Refusal> {
    let change = Change::begin(ctx).await?;
    let mut row = change.unit::<Entity>(id, version, Permission::WriteUnits).await?;
    input.apply(&change, &mut row).await?;
    change.store::<ActiveModel>(row, Happening::Updated, |row| code_taken("input.code", row)).await
}

async fn relocate(ctx: &Context<'_>, id: &ID, version: i32, region_id: &ID) -> Result<Model, Refusal> {
    let mut change = Change::begin(ctx).await?;
    let mut row = change.unit_to_move::<Entity>(id, version).await?;
    let region = change.target::<Regions>(&row.place(), region_id, "regionId").await?;
    if row.region_id == region.id {
        return Ok(row);
    }
    let moved = Happening::Moved { from: row.region_id };
    row.region_id = region.id;
    // The place in the tree is not a location's own data: its version stays.
    location::Entity::update_many()
        .col_expr(location::Column::RegionId, Expr::value(region.id))
        .filter(location::Column::GroupId.eq(row.id))
        .exec(&change.transaction)
        .await?;
    let taken_along = location::Entity::find().filter(location::Column::GroupId.eq(row.id));
    for location in taken_along.all(&change.transaction).await? {
        change.publish(&location);
    }
    change.store::<ActiveModel>(row, moved, |row| code_taken("regionId", row)).await
}

fn code_taken(field: &str, row: &Model) -> UserError {
    taken(field, format!("the region has a group `{}` already", row.code))
}
