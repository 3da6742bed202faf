//! The integrations subgraph: which third-party platforms units are connected to, and how well that works.
//!
//! By noun: the [`provider`] catalogue, [`integration`]s (a unit's connection to a provider), their
//! [`sync_run`]s, and what is said of a [`unit`] as a whole.

pub mod bulk;
pub mod integration;
mod migration;
pub mod provider;
pub mod sync_run;
pub mod unit;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription, Request, Schema};
use sea_orm::DatabaseConnection;
use subgraph::answers::{Asked, Memory};
use subgraph::caller::{Caller, Permission, Scope};
use subgraph::loader::DataLoader;
use subgraph::service::{ServiceSchema, Subgraph};

pub use migration::Migrator;

/// Root query fields.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
struct Query(
    provider::ProviderQuery,
    integration::IntegrationQuery,
    integration::IntegrationChangeQuery,
    unit::UnitQuery,
);

/// Root mutation fields.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
struct Mutation(integration::IntegrationMutation);

/// Root subscription fields.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
struct Subscription(integration::IntegrationSubscription);

/// The integrations service.
pub struct Integrations;

impl Subgraph for Integrations {
    const NAME: &'static str = "integrations";
    type Migrator = Migrator;

    fn schema() -> ServiceSchema {
        let memory = Memory::default();
        ServiceSchema::new(move || {
            let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
            schema.enable_subscription_in_federation().data(memory.clone())
        })
    }

    fn prepare(request: Request, database: &DatabaseConnection, caller: &Arc<Caller>) -> Request {
        let scope = Arc::new(caller.scope(Permission::ReadIntegrations));
        request
            .data(Asked::new(database, Scope::clone(&scope)))
            .data(DataLoader::new(integration::IntegrationLoader::new(database.clone(), scope.clone())))
            .data(DataLoader::new(sync_run::RunLoader::new(database.clone(), scope.clone())))
            .data(DataLoader::new(unit::PageLoader::new(database.clone(), scope)))
    }
}
