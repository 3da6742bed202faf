//! Following memberships as they are given and taken.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{BoxStream, StreamExt};
use sea_orm::{ActiveEnum, DeriveActiveEnum, EnumIter};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::changes::{NewChange, change};
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use subgraph::subscription::{Below, Followed, Told, revision};

use super::{Membership, entity, find};
use crate::cost::LIST;
use crate::request::ReaderContext;

/// What the log calls a membership.
const ENTITY: &str = "MEMBERSHIP";

/// What subscribers are told of.
const MEMBERSHIPS: Followed =
    Followed { entity: ENTITY, permission: Permission::ReadMembers, told: Told::WhoSeesTheUnit };

/// What happened to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub(crate) enum MembershipChangeKind {
    /// It was given, to hold from `validFrom` on.
    #[sea_orm(string_value = "GRANTED")]
    Granted,
    /// It was given another end, at once or on a later day, see `validTo`.
    #[sea_orm(string_value = "REVOKED")]
    Revoked,
}

impl MembershipChangeKind {
    /// The record of it, with the membership as it is after.
    pub(crate) fn to(self, row: &entity::Model, now: DateTime<Utc>) -> NewChange {
        NewChange {
            network_id: row.network_id,
            entity: ENTITY,
            entity_id: row.id,
            unit_id: row.unit_id,
            former_unit_id: None,
            kind: self.to_value(),
            occurred_at: now,
            detail: None,
        }
    }
}

/// A change of who has access.
pub(crate) struct MembershipChange {
    change: Arc<change::Model>,
    kind: MembershipChangeKind,
}

/// A change of who has access.
#[Object]
impl MembershipChange {
    /// What happened.
    async fn kind(&self) -> MembershipChangeKind {
        self.kind
    }

    /// The membership to which it happened.
    async fn membership_id(&self) -> ID {
        self.change.entity_id.into()
    }

    /// The membership as it is by now; null when you may not see it any more.
    async fn membership(&self, ctx: &Context<'_>) -> Result<Option<Membership>> {
        find(ctx, self.change.entity_id).await
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
pub(crate) struct MembershipSubscription;

#[Subscription]
impl MembershipSubscription {
    /// Who is given access to a unit and to all units below it, and whose access is ended, as far as you may see
    /// memberships there. In order, each once. That a day begins on which a membership starts or ends to hold is no
    /// change: see `validFrom` and `validTo`.
    ///
    /// `after` is as for `unitChanged`, with the revisions of `unitRevision`.
    #[graphql(directive = cost::apply(LIST))]
    async fn membership_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A network, region, group or location.")] within: ID,
        #[graphql(desc = "A revision of the same network; from now on when it is left out.")] after: Option<
            i32,
        >,
    ) -> Result<BoxStream<'static, Result<MembershipChange>>> {
        let below = Below::require(ctx.database()?, &ctx.reader()?.members, &within).await?;
        let changes = ctx.subscriber()?.follow(below, after, MEMBERSHIPS).await?;
        let events = changes.map(|change| {
            let change = change?;
            let kind = MembershipChangeKind::try_from_value(&change.kind)?;
            Ok(MembershipChange { change, kind })
        });
        Ok(events.boxed())
    }
}
