//! The life cycle as mutations: the same for units of all kinds.

use async_graphql::{Context, ID, Object, SimpleObject};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::directory::{UnitKind, unit as directory};
use subgraph::error::{UserError, UserErrorCode};
use subgraph::mutation::{Refusal, outcome};
use subgraph::sdl::directives::cost;

use super::{FranchiseUnit, Happening, LevelRow, Place, UnitStatus, kind_name};
use crate::change::{Change, taken};
use crate::cost::CHANGE;
use crate::list::Listed;
use crate::{group, location, network, region};

/// The most units named in a message.
const NAMED: u64 = 3;

/// A unit after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct UnitPayload {
    /// The unit; null when `userErrors` says why.
    unit: Option<FranchiseUnit>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct UnitMutation;

#[Object]
impl UnitMutation {
    /// Takes a unit to another status, of those that may follow (see `UnitStatus`).
    ///
    /// Units below keep their status: what is not `ACTIVE` keeps everything below it from operating, and when it
    /// is again, they operate as before. To suspend a unit, and to lift that, is for owners and admins of the
    /// network: an operator who pauses is `INACTIVE`. Only the end is final: a unit becomes `TERMINATED` after all
    /// units below it, and nothing can be put below it any more.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn change_unit_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "The status to take.")] status: UnitStatus,
    ) -> Result<UnitPayload> {
        let (unit, user_errors) = outcome(step(ctx, &id, version, status).await)?;
        Ok(UnitPayload { unit, user_errors })
    }
}

async fn step(
    ctx: &Context<'_>,
    id: &ID,
    version: i32,
    status: UnitStatus,
) -> Result<FranchiseUnit, Refusal> {
    let change = Change::begin(ctx).await?;
    Ok(match change.lock(id, "id").await?.kind {
        UnitKind::Network => FranchiseUnit::Network(
            take::<network::entity::ActiveModel>(change, id, version, status).await?.into(),
        ),
        UnitKind::Region => FranchiseUnit::Region(
            take::<region::entity::ActiveModel>(change, id, version, status).await?.into(),
        ),
        UnitKind::Group => FranchiseUnit::Group(
            take::<group::entity::ActiveModel>(change, id, version, status).await?.into(),
        ),
        UnitKind::Location => FranchiseUnit::Location(
            take::<location::entity::ActiveModel>(change, id, version, status).await?.into(),
        ),
    })
}

async fn take<A>(
    change: Change<'_>,
    id: &ID,
    version: i32,
    status: UnitStatus,
) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    A::Entity: Listed,
    <A::Entity as EntityTrait>::Model: LevelRow + IntoActiveModel<A>,
{
    let mut row = change.unit::<A::Entity>(id, version, Permission::WriteUnits).await?;
    if [row.status(), status].contains(&UnitStatus::Suspended) {
        let network = Place::network(row.place().network);
        change.require(&network, Permission::SuspendUnits, "status")?;
    }
    row.status()
        .step(status)
        .map_err(|reason| UserError::at(UserErrorCode::InvalidTransition, "status", reason))?;
    if status == UnitStatus::Terminated {
        nothing_goes_on_below(&change, &row.place()).await?;
    }
    row.set_status(status);
    change.store::<A>(row, Happening::StatusChanged, |_| taken("id", "another unit has its code")).await
}

/// Refuses to end a unit while one below it has not ended.
async fn nothing_goes_on_below(change: &Change<'_>, place: &Place) -> Result<(), Refusal> {
    let below = Condition::any()
        .add(directory::Column::NetworkId.eq(place.id))
        .add(directory::Column::RegionId.eq(place.id))
        .add(directory::Column::GroupId.eq(place.id));
    let going_on: Vec<(UnitKind, String)> = directory::Entity::find()
        .filter(below)
        .filter(directory::Column::Id.ne(place.id))
        .filter(directory::Column::Status.ne(UnitStatus::Terminated.as_str()))
        .order_by_asc(directory::Column::Code)
        .order_by_asc(directory::Column::Id)
        .limit(NAMED + 1)
        .select_only()
        .columns([directory::Column::Kind, directory::Column::Code])
        .into_tuple()
        .all(&change.transaction)
        .await?;
    if going_on.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> =
        going_on.iter().map(|(kind, code)| format!("{} `{code}`", kind_name(*kind))).collect();
    if going_on.len() as u64 > NAMED {
        names.pop();
        names.push("others".to_owned());
    }
    let message = format!("units below it have not ended: terminate {} first", names.join(", "));
    Err(UserError::at(UserErrorCode::InvalidTransition, "status", message).into())
}
