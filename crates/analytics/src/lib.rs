//! The analytics subgraph: performance facts of locations, and the figures computed from them.
//!
//! A [`fact`] is one location on one day. A request names units and a range ([`period`]); [`unit`] finds the
//! locations that belong to them; one statement sums their facts; [`metric`] computes figures from the sums;
//! [`performance`], [`ranking`] and [`standing`] show them.

mod batch;
pub mod bulk;
mod fact;
mod metric;
mod migration;
mod nullable;
mod performance;
mod period;
mod unit;

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Request, Schema, SchemaBuilder};
use sea_orm::DatabaseConnection;
use subgraph::caller::Caller;
use subgraph::service::Subgraph;

pub use migration::Migrator;
pub use period::clock::Clock;

use batch::Batches;
use performance::loader::{ReadingOf, SeriesOf};
use unit::FranchiseUnit;

/// The service.
#[derive(Debug)]
pub struct Analytics;

impl Subgraph for Analytics {
    const NAME: &'static str = "analytics";
    type Migrator = Migrator;
    type Query = Query;
    type Mutation = EmptyMutation;
    type Subscription = EmptySubscription;

    fn schema() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
        Schema::build(Query, EmptyMutation, EmptySubscription).enable_federation()
    }

    fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
        request
            .data(Batches::<ReadingOf>::new(database, caller))
            .data(Batches::<SeriesOf>::new(database, caller))
    }
}

/// Root query fields.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// A unit by its id, with what other fields require.
    #[graphql(entity)]
    async fn franchise_unit(
        &self,
        #[graphql(key)] id: ID,
        time_zone: Option<String>,
        active_chairs: Option<i32>,
    ) -> FranchiseUnit {
        FranchiseUnit::new(id, time_zone, active_chairs)
    }
}
