//! The networks subgraph: networks, regions, groups, locations, people and their memberships.
//!
//! Each noun has a folder with its table, its GraphQL object, its filter and its root fields: `query` to ask,
//! `input` and `mutation` to change. What the four levels of the tree share is in [`unit`], with the subscription to
//! their changes (those of people and memberships are in their folders); lists of all kinds in `list`; what lives for one request in `request`. Every change is a transaction
//! of the kind that `change` describes, is published to the directory that the other services follow, and is in the
//! log that subscribers follow.

#![expect(
    clippy::too_many_arguments,
    reason = "a resolver of a list takes the arguments of its GraphQL field"
)]

mod change;
mod cost;
mod group;
mod list;
mod location;
mod membership;
mod migration;
mod network;
mod person;
mod region;
mod request;
mod unit;
mod value;

pub mod bulk;
pub mod import;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription, Request, Schema};
use sea_orm::DatabaseConnection;
use subgraph::answers::{Asked, Memory};
use subgraph::caller::Caller;
use subgraph::service::{ServiceSchema, Subgraph};

pub use migration::Migrator;
use request::{Batch, Reader};

/// The networks service.
pub struct Networks;

/// Root query fields.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
struct Query(
    unit::UnitQuery,
    unit::UnitChangeQuery,
    network::NetworkQuery,
    region::RegionQuery,
    group::GroupQuery,
    location::LocationQuery,
    person::PersonQuery,
    membership::MembershipQuery,
);

/// Root mutation fields.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
struct Mutation(
    unit::UnitMutation,
    network::NetworkMutation,
    region::RegionMutation,
    group::GroupMutation,
    location::LocationMutation,
    person::PersonMutation,
    membership::MembershipMutation,
);

/// Root subscription fields.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
struct Subscription(unit::UnitSubscription, membership::MembershipSubscription, person::PersonSubscription);

impl Subgraph for Networks {
    const NAME: &'static str = "networks";
    const PUBLISHES_DIRECTORY: bool = true;
    type Migrator = Migrator;

    fn schema() -> ServiceSchema {
        let memory = Memory::default();
        ServiceSchema::new(move || {
            let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
            schema.enable_subscription_in_federation().data(memory.clone())
        })
    }

    fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
        let reader = Reader::new(caller.clone());
        let asked = Asked::new(database, reader.units.clone());
        request.data(asked).data(Batch::new(database.clone(), reader))
    }
}
