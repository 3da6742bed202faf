//! Following the records of people as they change.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, DeriveActiveEnum, EntityTrait, EnumIter, QueryFilter};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::changes::{NewChange, change};
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};
use uuid::Uuid;

use super::filter::has_to_do_with;
use super::{Person, entity, find};
use crate::cost::LIST;
use crate::list::Listed;
use crate::request::{Reader, ReaderContext};

/// What the log calls a person.
const ENTITY: &str = "PERSON";

/// What subscribers are told of: of whom they may see there, which the log does not know.
const PEOPLE: Followed =
    Followed { entity: ENTITY, permission: Permission::ReadUnits, told: Told::WhoReadsAnything };

/// What happened to the record of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub(crate) enum PersonChangeKind {
    /// It was made.
    #[sea_orm(string_value = "CREATED")]
    Created,
    /// It changed.
    #[sea_orm(string_value = "UPDATED")]
    Updated,
}

impl PersonChangeKind {
    /// The record of it for those who follow a network: the one that keeps the record, or one that the person has
    /// access to.
    pub(crate) fn to(self, person: Uuid, network: Uuid, now: DateTime<Utc>) -> NewChange {
        NewChange {
            network_id: network,
            entity: ENTITY,
            entity_id: person,
            unit_id: network,
            former_unit_id: None,
            kind: self.to_value(),
            occurred_at: now,
            detail: None,
        }
    }
}

/// A change of the record of a person.
pub(crate) struct PersonChange {
    change: Arc<change::Model>,
    kind: PersonChangeKind,
}

/// A change of the record of a person.
#[Object]
impl PersonChange {
    /// What happened.
    async fn kind(&self) -> PersonChangeKind {
        self.kind
    }

    /// The person to whom it happened.
    async fn person_id(&self) -> ID {
        self.change.entity_id.into()
    }

    /// The person as recorded by now; null when you may not see them any more.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        find(ctx, Some(self.change.entity_id)).await
    }

    /// Counts the changes in the network, from 1, as `unitChanged` does. Revisions that you are not told are other
    /// changes of the network.
    async fn revision(&self) -> Result<i32> {
        revision(self.change.revision)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.change.occurred_at
    }
}

#[derive(Default)]
pub(crate) struct PersonSubscription;

#[Subscription]
impl PersonSubscription {
    /// What changes in the records of people who have access to a unit or to units below it or are responsible for
    /// them and, of a network, whose record it keeps: of those whom you may see. In order, each once.
    ///
    /// `after` is as for `unitChanged`, with the revisions of `unitRevision`.
    #[graphql(directive = cost::apply(LIST))]
    async fn person_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<PersonChange>>> {
        let database = ctx.database()?.clone();
        let below = Below::require(&database, &ctx.reader()?.units, &within).await?;
        let subscriber = ctx.subscriber()?.clone();
        let changes = subscriber.follow(below, after, PEOPLE).await?;
        let events = changes.try_filter_map(move |change| {
            let (database, subscriber) = (database.clone(), subscriber.clone());
            async move {
                let reader = Reader::new(subscriber.caller().await?);
                let told = is_told(&database, &reader, &below, change.entity_id).await?;
                let kind = PersonChangeKind::try_from_value(&change.kind)?;
                Ok(told.then_some(PersonChange { change, kind }))
            }
        });
        Ok(events.boxed())
    }
}

/// Whether a person has to do with a unit and may be seen by who follows it.
async fn is_told<C: ConnectionTrait>(
    connection: &C,
    reader: &Reader,
    below: &Below,
    person: Uuid,
) -> Result<bool, DbErr> {
    let told = entity::Entity::find_by_id(person)
        .filter(entity::Entity::visible(reader))
        .filter(has_to_do_with(below));
    Ok(told.one(connection).await?.is_some())
}
