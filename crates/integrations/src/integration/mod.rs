//! Integrations: a unit's connection to a provider.

pub mod entity;
pub mod health;
mod input;
mod loader;
mod mutation;
mod store;
mod subscription;
pub(crate) mod writing;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use subgraph::caller::Permission;
use subgraph::loader::DataLoader;
use subgraph::page::{Cursor, Page};
use subgraph::service::RequestContext;
use subgraph::{Error, Result};
use uuid::Uuid;

pub use entity::{IntegrationStatus, SyncFrequency};
pub use input::IntegrationFilter;
pub use loader::IntegrationLoader;
pub use mutation::IntegrationMutation;
pub(crate) use store::{SortKey, filtered};
pub use subscription::{IntegrationChangeQuery, IntegrationSubscription};

use crate::provider::{self, Provider};
use crate::sync_run::{RunLoader, SyncRun};
use crate::unit::FranchiseUnit;

/// A page of integrations.
pub type Integrations = Connection<Cursor, Integration, EmptyFields, EmptyFields>;

/// A unit's connection to a provider.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Integration {
    /// The integration.
    pub id: ID,
    /// A name for people.
    pub name: String,
    /// Where it stands.
    pub status: IntegrationStatus,
    /// How often data is exchanged.
    pub sync_frequency: SyncFrequency,
    /// The end of the last successful run; null when there was none.
    pub last_sync_at: Option<DateTime<Utc>>,
    /// Why the last run failed; null when it did not.
    pub last_error: Option<String>,
    /// When it was set up.
    pub created_at: DateTime<Utc>,
    /// To be given back when changing it.
    pub version: i32,
    /// 0 (broken) to 100. Points are taken off for being broken or switched off, for never having
    /// synchronised or for the time since, and for an error on record.
    pub health_score: f64,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    unit_id: Uuid,
    #[graphql(skip)]
    provider: String,
}

impl Integration {
    /// What clients see of a row, with its health at a moment in seconds since the epoch.
    pub(crate) fn new(row: entity::Model, now: i64) -> Self {
        Self {
            health_score: health::score(&row, now),
            id: row.id.into(),
            name: row.name,
            status: row.status,
            sync_frequency: row.sync_frequency,
            last_sync_at: row.last_sync_at.and_then(instant),
            last_error: row.last_error,
            created_at: instant(row.created_at).unwrap_or_default(),
            version: row.version,
            key: row.id,
            unit_id: row.unit_id,
            provider: row.provider,
        }
    }

    /// Its place in a list sorted by name.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { key: self.name.clone(), id: self.key }
    }
}

/// An instant from seconds since the epoch.
pub(crate) fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

#[ComplexObject]
impl Integration {
    /// The unit that is connected.
    async fn unit(&self) -> FranchiseUnit {
        FranchiseUnit::new(self.unit_id)
    }

    /// The platform it is connected to.
    async fn provider(&self) -> Result<Provider> {
        let known = provider::find(&self.provider).copied();
        known.ok_or_else(|| Error::internal(format!("provider `{}` is not in the catalogue", self.provider)))
    }

    /// The latest runs, newest first, at most 20.
    #[graphql(directive = subgraph::sdl::directives::list_size::apply(None, Some(vec!["first".to_owned()]), None, Some(false)))]
    async fn recent_runs(
        &self,
        context: &Context<'_>,
        #[graphql(default = 5, desc = "At most 20.", validator(minimum = 1, maximum = 20))] first: i32,
    ) -> Result<Vec<SyncRun>> {
        let loader = context.data_unchecked::<DataLoader<(Uuid, i32), RunLoader>>();
        Ok(loader.load_one((self.key, first)).await?.unwrap_or_default())
    }
}

/// Queries of integrations.
#[derive(Default)]
pub struct IntegrationQuery;

#[Object]
impl IntegrationQuery {
    /// An integration; null when there is none with this id or you may not see it.
    async fn integration(&self, context: &Context<'_>, id: ID) -> Result<Option<Integration>> {
        load(context, &id).await
    }

    #[graphql(entity)]
    async fn integration_entity(&self, context: &Context<'_>, id: ID) -> Result<Option<Integration>> {
        load(context, &id).await
    }

    /// Integrations you may see, sorted by name.
    #[graphql(directive = subgraph::sdl::directives::list_size::apply(
        Some(subgraph::page::DEFAULT_PAGE as i32),
        Some(vec!["first".to_owned(), "last".to_owned()]),
        Some(vec!["edges".to_owned(), "nodes".to_owned()]),
        Some(false),
    ))]
    #[allow(clippy::too_many_arguments, reason = "the Relay paging arguments are four")]
    async fn integrations(
        &self,
        context: &Context<'_>,
        filter: Option<IntegrationFilter>,
        #[graphql(desc = "Items from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Integrations> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let scope = context.caller()?.scope(Permission::ReadIntegrations);
        let rows = store::page(context.database()?, &scope, &filter.unwrap_or_default(), &page).await?;
        let now = health::last_full_hour();
        let items = rows.into_iter().map(|row| Integration::new(row, now)).collect();
        Ok(page.connection(items, Integration::cursor))
    }
}

async fn load(context: &Context<'_>, id: &ID) -> Result<Option<Integration>> {
    let Ok(id) = Uuid::parse_str(id) else { return Ok(None) };
    context.data_unchecked::<DataLoader<Uuid, IntegrationLoader>>().load_one(id).await
}
