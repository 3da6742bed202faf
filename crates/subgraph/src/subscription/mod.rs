//! Subscriptions to a service: as many as may be, and each event within the rights that its reader has by then.
//!
//! async-graphql runs all events of a subscription with the data of the request that opened it. Here each event is a
//! request of its own: it has a caller with today's grants, and loaders that have not loaded anything yet.

mod below;
mod lasting;
mod limits;
mod places;

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Request, Response};
use futures::stream::{self, BoxStream, StreamExt};
use sea_orm::DatabaseConnection;

use crate::caller::token::Subject;
use crate::caller::{Caller, Permission};
use crate::changes::{Feed, change};
use crate::directory::Grants;
use crate::error::{Error, Result};
use crate::service::failed;

pub use below::{Below, Told, revision};
pub(crate) use lasting::Lasting;
pub use limits::{Flags, Limits};
pub(crate) use places::Places;

/// What a subscription tells of.
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    /// The kind of record, as the log names it.
    pub entity: &'static str,
    /// What a caller must be allowed to.
    pub permission: Permission,
    /// Who of them is told of a change on a unit.
    pub told: Told,
}

/// What every request, and every event, finds in its context.
#[derive(Clone)]
pub(crate) struct Equipment {
    pub(crate) database: DatabaseConnection,
    pub(crate) grants: Arc<Grants>,
    pub(crate) feed: Arc<Feed>,
    /// What the service adds.
    pub(crate) prepare: fn(Request, &DatabaseConnection, &Arc<Caller>) -> Request,
}

impl Equipment {
    /// Adds it to a request of a caller.
    pub(crate) fn add(&self, request: Request, caller: &Arc<Caller>) -> Request {
        let request = request
            .data(self.database.clone())
            .data(self.grants.clone())
            .data(self.feed.clone())
            .data(caller.clone());
        (self.prepare)(request, &self.database, caller)
    }
}

/// Who subscribed, whoever they are at the moment.
#[derive(Clone)]
pub struct Subscriber {
    subject: Subject,
    equipment: Equipment,
}

impl Subscriber {
    pub(crate) fn new(subject: Subject, equipment: Equipment) -> Self {
        Self { subject, equipment }
    }

    /// The changes on a unit and below it after a revision, from now on if there is none: those that the caller, as of
    /// then, is to be told, see [`Feed::follow`]. Whoever does not hold the permission anywhere any more has nothing to
    /// be told: the stream ends with [`Error::Forbidden`], as after any other error.
    ///
    /// # Errors
    /// As [`Feed::follow`].
    pub async fn follow(
        &self,
        below: Below,
        after: Option<i32>,
        followed: Followed,
    ) -> Result<BoxStream<'static, Result<Arc<change::Model>>>> {
        let changes = self.equipment.feed.follow(below.network, after.map(i64::from)).await?.boxed();
        let telling = Some((changes, self.clone()));
        let events = stream::unfold(telling, move |telling| async move {
            let (mut changes, subscriber) = telling?;
            loop {
                let told = match changes.next().await? {
                    Ok(change) => subscriber.told(&below, followed, change).await,
                    Err(error) => Err(error),
                };
                match told {
                    Ok(None) => {}
                    Ok(Some(change)) => return Some((Ok(change), Some((changes, subscriber)))),
                    Err(error) => return Some((Err(error), None)),
                }
            }
        });
        Ok(events.boxed())
    }

    /// The change, if it is to be told.
    async fn told(
        &self,
        below: &Below,
        followed: Followed,
        change: Arc<change::Model>,
    ) -> Result<Option<Arc<change::Model>>> {
        let Followed { entity, permission, told } = followed;
        if change.entity != entity {
            return Ok(None);
        }
        let caller = self.caller().await?;
        let scope = caller.require(permission)?;
        Ok(below.holds(&self.equipment.database, &change, &scope, told).await?.then_some(change))
    }

    /// The subscriber with the grants of this moment.
    ///
    /// # Errors
    /// As [`Grants::caller`].
    pub async fn caller(&self) -> Result<Arc<Caller>> {
        self.equipment.grants.caller(self.subject.clone()).await
    }

    /// Adds to a request what it is executed with at this moment.
    pub(crate) async fn equip(&self, request: Request) -> Result<Request> {
        let caller = self.caller().await?;
        Ok(self.equipment.add(request, &caller).data(self.clone()))
    }
}

/// Equips every event anew.
pub(crate) struct EventByEvent;

impl ExtensionFactory for EventByEvent {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for EventByEvent {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let equipped = match ctx.data::<Subscriber>() {
            Ok(subscriber) => subscriber.equip(Request::new("")).await,
            Err(error) => Err(Error::internal(error.message)),
        };
        match equipped {
            Ok(request) => next.run_with_data(ctx, operation_name, request.data).await,
            Err(error) => failed(error),
        }
    }
}
