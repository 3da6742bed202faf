//! What is said of a unit's integrations: of the unit itself and everything below it.

mod health;
mod page;

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use subgraph::answers::ask;
use subgraph::loader::DataLoader;
use subgraph::page::Page;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost};
use subgraph::{Error, Result};
use uuid::Uuid;

pub use health::IntegrationHealth;

pub use page::{PageKey, PageLoader};

use health::HealthAt;

use crate::integration::{Integration, IntegrationFilter, Integrations};

/// How long the figures of health may be kept by their reader, in seconds. Integrations and their runs are not kept.
const KEPT: Option<i32> = Some(30);

/// A network, region, group or location.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex, interface_object)]
pub struct FranchiseUnit {
    /// The unit's id, the same in every service.
    pub id: ID,
    #[graphql(skip)]
    key: Uuid,
}

impl FranchiseUnit {
    /// The unit with an id; whether it exists, the networks service knows.
    pub(crate) fn new(id: Uuid) -> Self {
        Self { id: id.into(), key: id }
    }
}

#[ComplexObject]
impl FranchiseUnit {
    /// How well the integrations of this unit and the units below it work. Null when you may not see them.
    #[graphql(directive = cost::apply(2), directive = cache_control::apply(KEPT, PRIVATE, None))]
    async fn integration_health(&self, context: &Context<'_>) -> Result<Option<IntegrationHealth>> {
        ask(context, HealthAt::last_full_hour(), self.key).await?.map(Some).ok_or_else(forbidden)
    }

    /// Integrations of this unit and the units below it, sorted by name. Null when you may not see them.
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
    ) -> Result<Option<Integrations>> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let key = PageKey::new(self.key, filter.unwrap_or_default(), page.clone());
        let loader = context.data_unchecked::<DataLoader<PageKey, PageLoader>>();
        let items = loader.load_one(key).await?.ok_or_else(forbidden)?;
        let connection: Connection<_, _, _, _> = page.connection(items, Integration::cursor);
        Ok(Some(connection))
    }
}

fn forbidden() -> Error {
    Error::Forbidden("you may not see this unit's integrations".to_owned())
}

/// Entities of other services that this one adds to.
#[derive(Default)]
pub struct UnitQuery;

#[Object]
impl UnitQuery {
    #[graphql(entity)]
    async fn franchise_unit(&self, id: ID) -> Option<FranchiseUnit> {
        Uuid::parse_str(&id).ok().map(FranchiseUnit::new)
    }
}
