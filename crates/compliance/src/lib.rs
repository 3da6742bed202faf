//! The compliance subgraph: requirements on units, reviews, scores over the tree, alerts, audit trail.
//!
//! A requirement is stored as people and reviews left it ([`requirement`]'s entity); what the passing of time
//! makes of it (expired, overdue, its alerts) is never stored but derived in SQL, in one place
//! (`requirement::state`), by the day in the time zone of the requirement's unit.

mod alert;
mod audit;
pub mod bulk;
mod calendar;
mod cost;
mod document;
mod keyset;
mod migration;
mod refusal;
mod requirement;
mod review;
mod score;
mod unit;
mod view;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription, Request, Schema};
use futures::future::{BoxFuture, FutureExt};
use sea_orm::DatabaseConnection;
use subgraph::answers::Memory;
use subgraph::caller::Caller;
use subgraph::changes::Feed;
use subgraph::service::{ServiceSchema, Subgraph};

pub use alert::watch::tell as tell_raised_alerts;
pub use calendar::Clock;
pub use migration::Migrator;
pub use requirement::kinds::{Jurisdiction, RequirementType, RiskLevel};
pub use review::ReviewOutcome;

/// The audit trail beside what the service itself records: loads, and checking that it says what was recorded.
pub mod trail {
    pub use crate::audit::chain::{Anchor, Broken, Verdict, verify};
    pub use crate::audit::load::take_over;
}

/// The subgraph service.
pub struct Compliance;

/// Root query fields.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
struct Query(
    requirement::query::RequirementQuery,
    requirement::subscription::RequirementChangeQuery,
    alert::query::AlertQuery,
    audit::query::AuditQuery,
    unit::UnitQuery,
);

/// Root mutation fields.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
struct Mutation(
    requirement::mutation::RequirementMutation,
    review::mutation::ReviewMutation,
    document::mutation::DocumentMutation,
    alert::mutation::AlertMutation,
);

/// Root subscription fields.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
struct Subscription(
    requirement::subscription::RequirementSubscription,
    alert::subscription::AlertSubscription,
);

impl Subgraph for Compliance {
    const NAME: &'static str = "compliance";
    type Migrator = Migrator;

    fn schema() -> ServiceSchema {
        let memory = Memory::default();
        ServiceSchema::new(move || {
            let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
            schema.enable_subscription_in_federation().data(memory.clone())
        })
    }

    fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
        view::prepare(request, database, caller)
    }

    fn upkeep(database: DatabaseConnection, feed: Arc<Feed>) -> BoxFuture<'static, ()> {
        alert::watch::keep_telling(database, feed).boxed()
    }
}
