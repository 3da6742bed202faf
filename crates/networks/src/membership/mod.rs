//! Memberships: who has which role on which unit, and when.

pub(crate) mod entity;
mod filter;
mod input;
mod mutation;
mod query;
mod subscription;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use subgraph::caller::Role;
use subgraph::date::Date;
use subgraph::directory;
use subgraph::{Error, Result};
use uuid::Uuid;

pub(crate) use filter::MembershipFilter;
pub(crate) use mutation::MembershipMutation;
pub(crate) use query::MembershipQuery;
pub(crate) use subscription::{MembershipChangeKind, MembershipSubscription};

use crate::list::{
    Arguments, ById, Listing, Node, Parent, ParentKind, Sort, SortDirection, SortKey, connect,
};
use crate::person::{self, Person};
use crate::request::ReaderContext;
use crate::unit::{self, FranchiseUnit};

/// The order of lists of memberships: oldest first.
pub(crate) const BY_AGE: Sort = Sort { key: SortKey::Id, direction: SortDirection::Ascending };

/// A role of a person on a unit, for a time.
pub(crate) struct Membership {
    row: Arc<entity::Model>,
}

impl From<Arc<entity::Model>> for Membership {
    fn from(row: Arc<entity::Model>) -> Self {
        Self { row }
    }
}

impl From<entity::Model> for Membership {
    fn from(row: entity::Model) -> Self {
        Arc::new(row).into()
    }
}

impl Node for Membership {
    type Entity = entity::Entity;
}

impl AsRef<entity::Model> for Membership {
    fn as_ref(&self) -> &entity::Model {
        &self.row
    }
}

impl entity::Model {
    /// Whether it gives access on a day.
    pub(crate) fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }

    /// How the directory lists it.
    pub(crate) fn directory_row(&self) -> directory::membership::Model {
        directory::membership::Model {
            id: self.id,
            person_id: self.person_id,
            role: self.role,
            unit_kind: self.unit_kind,
            unit_id: self.unit_id,
            network_id: self.network_id,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            change: 0,
        }
    }
}

/// The membership with this id, if there is one and the caller may see it.
async fn find(ctx: &Context<'_>, id: Uuid) -> Result<Option<Membership>> {
    Ok(ctx.batch()?.load_one(ById::<entity::Entity>::new(id)).await?.map(Membership::from))
}

/// The memberships on exactly this unit that the caller may see.
pub(crate) async fn of_unit(
    ctx: &Context<'_>,
    unit: Uuid,
    filter: Option<MembershipFilter>,
    arguments: Arguments,
) -> Result<Listing<Membership>> {
    let parent = Parent { kind: ParentKind::Exactly, id: unit };
    connect(ctx, Some(parent), filter, BY_AGE, arguments).await
}

/// A role of a person on a unit and everything below it, for a time.
#[Object]
impl Membership {
    /// The membership's id.
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        let person = person::find(ctx, Some(self.row.person_id)).await?;
        person.ok_or_else(|| Error::internal("a visible membership without its person"))
    }

    /// As what.
    async fn role(&self) -> Role {
        self.row.role
    }

    /// On which unit; null when you may not see that unit.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Option<FranchiseUnit>> {
        unit::of_kind(ctx, self.row.unit_kind, self.row.unit_id).await
    }

    /// The first day (UTC) it holds.
    async fn valid_from(&self) -> Date {
        Date(self.row.valid_from)
    }

    /// The first day (UTC) it no longer holds; null when it holds until it is revoked.
    async fn valid_to(&self) -> Option<Date> {
        self.row.valid_to.map(Date)
    }

    /// Whether it holds today (UTC).
    async fn in_force(&self) -> bool {
        self.row.holds_on(Utc::now().date_naive())
    }

    /// Who granted it; null when it came with imported data, or from nobody you may see.
    async fn granted_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person::find(ctx, self.row.granted_by).await
    }

    /// Counts changes of the record, from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When the record was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When the record changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }
}
