//! Creating and changing the records of people.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, Object, SimpleObject};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::error::UserError;
use subgraph::mutation::{Checks, Refusal, at_version, not_found, outcome};
use subgraph::sdl::directives::cost;
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::input::{CreatePersonInput, UpdatePersonInput};
use super::{Person, PersonChangeKind};
use crate::change::{Change, taken};
use crate::cost::CHANGE;
use crate::list::Listed;
use crate::membership::entity as membership;
use crate::network::entity as network;
use crate::unit::{LevelRow, Place, uuid_of};

/// A person after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct PersonPayload {
    /// The person; null when `userErrors` says why.
    person: Option<Person>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

impl PersonPayload {
    fn of(result: Result<Model, Refusal>) -> Result<Self> {
        let (row, user_errors) = outcome(result)?;
        Ok(Self { person: row.map(Person::from), user_errors })
    }
}

#[derive(Default)]
pub(crate) struct PersonMutation;

#[Object]
impl PersonMutation {
    /// Creates the record of a person in a network. It gives no access: `grantMembership` does. Needs the right
    /// to change memberships on the whole network.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn create_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to create.")] input: CreatePersonInput,
        #[graphql(desc = "Repeating a request with the same key does not create them twice.")]
        idempotency_key: Option<String>,
    ) -> Result<PersonPayload> {
        PersonPayload::of(create(ctx, &input, idempotency_key.as_deref()).await)
    }

    /// Changes the record of a person. Needs the right to change memberships on the whole network that keeps it.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn update_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "What to change.")] input: UpdatePersonInput,
    ) -> Result<PersonPayload> {
        PersonPayload::of(update(ctx, &id, version, &input).await)
    }
}

async fn create(ctx: &Context<'_>, input: &CreatePersonInput, key: Option<&str>) -> Result<Model, Refusal> {
    let mut change = Change::begin(ctx).await?;
    let network = change.unit_of_kind::<network::Entity>(&input.network_id, "input.networkId").await?;
    change.require(&network.place(), Permission::WriteMembers, "input.networkId")?;
    let row = input.row(network.id, change.now)?;
    let request = format!("createPerson {input:?}");
    if let Some(earlier) = change.earlier::<Entity>(key, &request, row.id).await? {
        return Ok(earlier);
    }
    change.insert::<ActiveModel>(&row, || email_taken(&row)).await?;
    change.tell(PersonChangeKind::Created.to(row.id, row.network_id, change.now));
    change.finish().await?;
    Ok(row)
}

async fn update(
    ctx: &Context<'_>,
    id: &ID,
    version: i32,
    input: &UpdatePersonInput,
) -> Result<Model, Refusal> {
    let mut change = Change::begin(ctx).await?;
    let of_person = Query::select()
        .column(Column::NetworkId)
        .from(Entity)
        .and_where(Column::Id.eq(uuid_of(id)))
        .to_owned();
    change.lock_network(network::Column::Id.in_subquery(of_person)).await?;
    let mut row = change.row::<Entity>(uuid_of(id)).await?.ok_or_else(|| not_found("id", "person"))?;
    change.require(&Place::network(row.network_id), Permission::WriteMembers, "id")?;
    at_version("person", row.version, version)?;
    input.apply(&mut row)?;
    row.version += 1;
    row.updated_at = change.now;
    change.update::<ActiveModel>(&row, || email_taken(&row)).await?;
    for network in networks_of(&change, &row).await? {
        change.tell(PersonChangeKind::Updated.to(row.id, network, change.now));
    }
    change.finish().await?;
    Ok(row)
}

/// The networks in which somebody may see a person: the one that keeps the record, and those they have had access to.
async fn networks_of(change: &Change<'_>, row: &Model) -> Result<BTreeSet<Uuid>> {
    let memberships = membership::Entity::find()
        .select_only()
        .column(membership::Column::NetworkId)
        .distinct()
        .filter(membership::Column::PersonId.eq(row.id));
    let others = memberships.into_tuple::<Uuid>().all(&change.transaction).await?;
    Ok(others.into_iter().chain([row.network_id]).collect())
}

fn email_taken(row: &Model) -> UserError {
    taken(
        "input.email",
        format!("the network has a record of somebody with the address `{}` already", row.email),
    )
}

/// The person that an input makes responsible for a unit, if it names one: somebody whose record the network
/// keeps, or who is a member of it, and whom the caller may see.
pub(crate) async fn of_network(
    change: &Change<'_>,
    checks: &mut Checks,
    network: Uuid,
    id: Option<&ID>,
    field: &str,
) -> Result<Option<Uuid>> {
    let Some(id) = id else { return Ok(None) };
    let members = Query::select()
        .column(membership::Column::PersonId)
        .from(membership::Entity)
        .and_where(membership::Column::NetworkId.eq(network))
        .to_owned();
    let belongs = Condition::any().add(Column::NetworkId.eq(network)).add(Column::Id.in_subquery(members));
    let person = Entity::find_by_id(uuid_of(id))
        .filter(belongs)
        .filter(Entity::visible(change.reader))
        .one(&change.transaction)
        .await?;
    if person.is_none() {
        checks.add(not_found(field, "person of the network"));
    }
    Ok(person.map(|person| person.id))
}
