//! People: who may have access and who is responsible.

pub(crate) mod entity;
mod filter;
mod input;
mod mutation;
mod query;
mod subscription;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use subgraph::Result;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use uuid::Uuid;

pub(crate) use filter::PersonFilter;
pub(crate) use mutation::{PersonMutation, of_network};
pub(crate) use query::PersonQuery;
pub(crate) use subscription::{PersonChangeKind, PersonSubscription};

use crate::cost::{FRESH, KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, ById, Listing, Node, Parent, ParentKind, connect};
use crate::membership::{self, Membership, MembershipFilter};
use crate::request::ReaderContext;

/// Someone who works for or with a network.
pub(crate) struct Person {
    row: Arc<entity::Model>,
}

impl From<Arc<entity::Model>> for Person {
    fn from(row: Arc<entity::Model>) -> Self {
        Self { row }
    }
}

impl From<entity::Model> for Person {
    fn from(row: entity::Model) -> Self {
        Arc::new(row).into()
    }
}

impl Node for Person {
    type Entity = entity::Entity;
}

impl AsRef<entity::Model> for Person {
    fn as_ref(&self) -> &entity::Model {
        &self.row
    }
}

/// The person with this id, if there is one and the caller may see them.
pub(crate) async fn find(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Person>> {
    let Some(id) = id else { return Ok(None) };
    Ok(ctx.batch()?.load_one(ById::<entity::Entity>::new(id)).await?.map(Person::from))
}

/// Someone who works for or with a network.
#[Object(directive = cache_control::apply(KEPT, PRIVATE, None))]
impl Person {
    /// The person's id: the subject of their tokens.
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// The full name.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// The e-mail address, in lower case.
    async fn email(&self) -> &str {
        &self.row.email
    }

    /// The telephone number in E.164 form; null when not recorded.
    async fn phone(&self) -> Option<&str> {
        self.row.phone.as_deref()
    }

    /// Counts changes of the record, from 1.
    #[graphql(directive = cache_control::apply(FRESH, None, None))]
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

    /// What the person has access to, oldest grant first: those memberships that you may see.
    #[graphql(
        directive = cost::apply(LIST),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        filter: Option<MembershipFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Membership>> {
        let parent = Parent { kind: ParentKind::Person, id: self.row.id };
        let arguments = Arguments { first, after, last, before };
        connect(ctx, Some(parent), filter, membership::BY_AGE, arguments).await
    }
}
