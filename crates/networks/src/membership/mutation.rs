//! Giving and taking access.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::NaiveDate;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};
use subgraph::Result;
use subgraph::caller::{Permission, Role};
use subgraph::date::Date;
use subgraph::directory::{UnitKind, unit as directory};
use subgraph::error::{UserError, UserErrorCode};
use subgraph::mutation::{Checks, Refusal, at_version, not_found, outcome};
use subgraph::sdl::directives::cost;
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model};
use super::input::GrantMembershipInput;
use super::{Membership, MembershipChangeKind};
use crate::change::{Change, taken};
use crate::cost::CHANGE;
use crate::network::entity as network;
use crate::person::entity::Entity as People;
use crate::unit::{Place, uuid_of};

/// A membership after a change, or why there was none.
#[derive(SimpleObject)]
pub(crate) struct MembershipPayload {
    /// The membership; null when `userErrors` says why.
    membership: Option<Membership>,
    /// Why nothing was changed; empty after a change.
    user_errors: Vec<UserError>,
}

impl MembershipPayload {
    fn of(result: Result<Model, Refusal>) -> Result<Self> {
        let (row, user_errors) = outcome(result)?;
        Ok(Self { membership: row.map(Membership::from), user_errors })
    }
}

#[derive(Default)]
pub(crate) struct MembershipMutation;

#[Object]
impl MembershipMutation {
    /// Gives a person a role on a unit and everything below it. Nobody can give more than they have there. A
    /// person has a role on a unit at most once on any day: an overlapping grant of the same role is `TAKEN`.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn grant_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The access to give.")] input: GrantMembershipInput,
        #[graphql(desc = "Repeating a request with the same key does not grant it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<MembershipPayload> {
        MembershipPayload::of(grant(ctx, &input, idempotency_key.as_deref()).await)
    }

    /// Ends a membership, at once when no day is given. One that has not begun never will. A network keeps one
    /// owner without an end: make somebody else the owner before you take the role from the last.
    #[graphql(directive = cost::apply(CHANGE))]
    async fn revoke_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The membership.")] id: ID,
        #[graphql(desc = "The version that the change is based on.")] version: i32,
        #[graphql(desc = "The first day (UTC) it no longer holds: today, when left out, or a later day \
                          before its present end.")]
        valid_to: Option<Date>,
    ) -> Result<MembershipPayload> {
        MembershipPayload::of(revoke(ctx, &id, version, valid_to).await)
    }
}

async fn grant(ctx: &Context<'_>, input: &GrantMembershipInput, key: Option<&str>) -> Result<Model, Refusal> {
    let mut change = Change::begin(ctx).await?;
    let unit = change.lock(&input.unit_id, "input.unitId").await?;
    let place = Place::from(&unit);
    change.require(&place, Permission::WriteMembers, "input.unitId")?;
    may_grant(&change, &place, input.role, "input.role")?;
    let mut checks = Checks::default();
    let (valid_from, valid_to) = input.period(&mut checks, change.now.date_naive());
    let person_id = uuid_of(&input.person_id);
    if change.row::<People>(person_id).await?.is_none() {
        checks.add(not_found("input.personId", "person"));
    }
    checks.finish()?;
    let row = Model {
        id: Uuid::now_v7(),
        network_id: unit.network_id,
        person_id,
        role: input.role,
        unit_kind: unit.kind,
        unit_id: unit.id,
        valid_from,
        valid_to,
        granted_by: Some(change.reader.caller.person),
        version: 1,
        created_at: change.now,
        updated_at: change.now,
    };
    let request = format!("grantMembership {input:?}");
    if let Some(earlier) = change.earlier::<Entity>(key, &request, row.id).await? {
        return Ok(earlier);
    }
    no_overlap(&change, &row).await?;
    change.insert::<ActiveModel>(&row, || taken("input", "there is such a membership already")).await?;
    change.tell(MembershipChangeKind::Granted.to(&row, change.now));
    change.publish_membership(&row);
    change.finish().await?;
    Ok(row)
}

/// Refuses to give or take a role that the caller's own roles at the unit do not include.
fn may_grant(change: &Change<'_>, place: &Place, role: Role, field: &str) -> Result<(), UserError> {
    let mut held = change.reader.caller.grants.iter().filter(|held| place.at(held.kind) == Some(held.unit));
    if held.any(|held| held.role.may_grant(role)) {
        return Ok(());
    }
    let message = "none of your roles there includes this one: you cannot give or take more than you have";
    Err(UserError::at(UserErrorCode::Forbidden, field, message))
}

async fn no_overlap(change: &Change<'_>, row: &Model) -> Result<(), Refusal> {
    let mut overlapping = Entity::find()
        .filter(Column::PersonId.eq(row.person_id))
        .filter(Column::Role.eq(row.role))
        .filter(Column::UnitId.eq(row.unit_id))
        .filter(Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gt(row.valid_from)));
    if let Some(end) = row.valid_to {
        overlapping = overlapping.filter(Column::ValidFrom.lt(end));
    }
    let ends_later = |other: &Model| other.valid_to.is_none_or(|end| end > other.valid_from);
    let others = overlapping.all(&change.transaction).await?;
    let Some(other) = others.into_iter().find(ends_later) else { return Ok(()) };
    let end = other.valid_to.map_or_else(String::new, |end| format!(" to {end}"));
    Err(taken("input", format!("the person has this role there from {}{end}", other.valid_from)).into())
}

async fn revoke(ctx: &Context<'_>, id: &ID, version: i32, valid_to: Option<Date>) -> Result<Model, Refusal> {
    let mut change = Change::begin(ctx).await?;
    let of_membership = Query::select()
        .column(Column::NetworkId)
        .from(Entity)
        .and_where(Column::Id.eq(uuid_of(id)))
        .to_owned();
    change.lock_network(network::Column::Id.in_subquery(of_membership)).await?;
    let mut row = change.row::<Entity>(uuid_of(id)).await?.ok_or_else(|| not_found("id", "membership"))?;
    let unit = directory::Entity::find_by_id(row.unit_id).one(&change.transaction).await?;
    let place = unit.as_ref().map(Place::from).ok_or_else(|| not_found("id", "membership"))?;
    change.require(&place, Permission::WriteMembers, "id")?;
    may_grant(&change, &place, row.role, "id")?;
    at_version("membership", row.version, version)?;
    let today = change.now.date_naive();
    let end = end_of(&row, valid_to, today)?;
    keep_an_owner(&change, &row, today).await?;
    row.valid_to = Some(end);
    row.version += 1;
    row.updated_at = change.now;
    change.update::<ActiveModel>(&row, || taken("id", "there is such a membership already")).await?;
    change.tell(MembershipChangeKind::Revoked.to(&row, change.now));
    change.publish_membership(&row);
    change.finish().await?;
    Ok(row)
}

/// The day on which a membership is to end.
fn end_of(row: &Model, asked: Option<Date>, today: NaiveDate) -> Result<NaiveDate, UserError> {
    if let Some(end) = row.valid_to.filter(|end| *end <= today.max(row.valid_from)) {
        let message = format!("the membership has ended already, on {end}");
        return Err(UserError::at(UserErrorCode::InvalidTransition, "id", message));
    }
    let Some(Date(day)) = asked else { return Ok(today.max(row.valid_from)) };
    let refuse = |message: String| Err(UserError::at(UserErrorCode::Invalid, "validTo", message));
    if day < today {
        return refuse(format!("must not be before today ({today}, UTC)"));
    }
    if let Some(end) = row.valid_to.filter(|end| day >= *end) {
        return refuse(format!("must be before the day on which it ends anyway ({end})"));
    }
    Ok(day.max(row.valid_from))
}

/// Refuses to take a network's last owner who has access now and without an end.
async fn keep_an_owner(change: &Change<'_>, row: &Model, today: NaiveDate) -> Result<(), Refusal> {
    let lasting = row.holds_on(today) && row.valid_to.is_none();
    if row.unit_kind != UnitKind::Network || row.role != Role::Owner || !lasting {
        return Ok(());
    }
    let others = Entity::find()
        .filter(Column::UnitId.eq(row.unit_id))
        .filter(Column::Role.eq(Role::Owner))
        .filter(Column::Id.ne(row.id))
        .filter(Column::ValidFrom.lte(today))
        .filter(Column::ValidTo.is_null())
        .count(&change.transaction)
        .await?;
    if others > 0 {
        return Ok(());
    }
    let message = "this is the network's last owner: make somebody else the owner first";
    Err(UserError::at(UserErrorCode::InvalidTransition, "id", message).into())
}
