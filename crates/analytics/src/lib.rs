//! The analytics subgraph: performance facts of locations, and the figures computed from them.
//!
//! A [`fact`] is one location on one day. A request names units and a range ([`period`]); [`unit`] finds the
//! locations that belong to them; one statement sums their facts; [`metric`] computes figures from the sums;
//! [`performance`], [`ranking`] and [`standing`] show them.

pub mod bulk;
mod fact;
mod metric;
mod migration;
mod nullable;
mod performance;
mod period;
mod ranking;
mod standing;
mod unit;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription, Request, Schema};
use sea_orm::DatabaseConnection;
use subgraph::answers::{Asked, Memory};
use subgraph::caller::{Caller, Permission};
use subgraph::service::{ServiceSchema, Subgraph};

pub use migration::Migrator;
pub use period::clock::Clock;

use fact::record::FactMutation;
use fact::subscription::{FiguresChangeQuery, FiguresSubscription};
use ranking::RankingQuery;
use unit::UnitQuery;

/// The service.
#[derive(Debug)]
pub struct Analytics;

impl Subgraph for Analytics {
    const NAME: &'static str = "analytics";
    type Migrator = Migrator;

    fn schema() -> ServiceSchema {
        let memory = Memory::default();
        ServiceSchema::new(move || {
            let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
            schema.enable_subscription_in_federation().data(memory.clone())
        })
    }

    fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
        request.data(Asked::new(database, caller.scope(Permission::ReadFigures)))
    }
}

/// Root query fields.
#[derive(Debug, Default, MergedObject)]
struct Query(UnitQuery, RankingQuery, FiguresChangeQuery);

/// Root mutation fields.
#[derive(Debug, Default, MergedObject)]
struct Mutation(FactMutation);

/// Root subscription fields.
#[derive(Debug, Default, MergedSubscription)]
struct Subscription(FiguresSubscription);
