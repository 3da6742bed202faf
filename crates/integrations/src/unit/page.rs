//! Pages of the integrations of many units, in one statement per distinct page request.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult};
use subgraph::Error;
use subgraph::caller::Scope;
use subgraph::directory::unit;
use subgraph::page::Page;
use uuid::Uuid;

use super::health::{in_subtree, visible};
use crate::integration::entity::{Column, Entity, Model};
use crate::integration::health::last_full_hour;
use crate::integration::{Integration, IntegrationFilter, SortKey, filtered};

/// A page of one unit's integrations. Pages with the same window are loaded together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKey {
    unit: Uuid,
    window: Arc<Window>,
}

#[derive(Debug, PartialEq, Eq)]
struct Window {
    filter: IntegrationFilter,
    page: Page,
}

impl PageKey {
    pub(super) fn new(unit: Uuid, filter: IntegrationFilter, page: Page) -> Self {
        Self { unit, window: Arc::new(Window { filter, page }) }
    }
}

impl Hash for PageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.unit.hash(state);
        self.window.filter.hash(state);
        self.window.page.limit.hash(state);
    }
}

/// Loads pages for units in the caller's scope; a unit outside it is absent.
pub struct PageLoader {
    database: DatabaseConnection,
    scope: Arc<Scope>,
}

impl PageLoader {
    /// A loader for one request.
    pub fn new(database: DatabaseConnection, scope: Arc<Scope>) -> Self {
        Self { database, scope }
    }

    fn pages(&self, units: &[Uuid], window: &Window) -> SelectStatement {
        let order = if window.page.backwards { Order::Desc } else { Order::Asc };
        let by_name = WindowStatement::partition_by(("owner", unit::Column::Id))
            .order_by((Entity, Column::Name), order.clone())
            .order_by((Entity, Column::Id), order)
            .to_owned();
        let numbered = Query::select()
            .column((Entity, Asterisk))
            .expr_as(Expr::col(("owner", unit::Column::Id)), "owner")
            .expr_window_as(Expr::cust("ROW_NUMBER()"), by_name, "position")
            .from_as(unit::Entity, "owner")
            .inner_join(
                Entity,
                Expr::col((Entity, Column::NetworkId)).equals(("owner", unit::Column::NetworkId)),
            )
            .inner_join(
                unit::Entity,
                Expr::col((unit::Entity, unit::Column::Id)).equals((Entity, Column::UnitId)),
            )
            .and_where(Expr::col(("owner", unit::Column::Id)).is_in(units.iter().copied()))
            .cond_where(in_subtree())
            .cond_where(filtered(&window.filter))
            .cond_where(SortKey::between(&window.page))
            .to_owned();
        Query::select()
            .column(Asterisk)
            .from_subquery(numbered, "numbered")
            .and_where(Expr::col("position").lte(window.page.rows() as i64))
            .order_by("position", Order::Asc)
            .to_owned()
    }
}

impl Loader<PageKey> for PageLoader {
    type Value = Vec<Integration>;
    type Error = Error;

    async fn load(&self, keys: &[PageKey]) -> Result<HashMap<PageKey, Vec<Integration>>, Error> {
        let visible = visible(&self.database, &self.scope, keys.iter().map(|key| key.unit)).await?;
        let keys = keys.iter().filter(|key| visible.contains(&key.unit));
        let mut pages: HashMap<PageKey, Vec<Integration>> =
            keys.map(|key| (key.clone(), Vec::new())).collect();
        let mut windows: Vec<(Arc<Window>, Vec<Uuid>)> = Vec::new();
        for key in pages.keys() {
            match windows.iter_mut().find(|(window, _)| *window == key.window) {
                Some((_, units)) => units.push(key.unit),
                None => windows.push((key.window.clone(), vec![key.unit])),
            }
        }
        let now = last_full_hour();
        for (window, units) in windows {
            for row in self.database.query_all(&self.pages(&units, &window)).await? {
                let key = PageKey { unit: row.try_get("", "owner")?, window: window.clone() };
                let integration = Integration::new(Model::from_query_result(&row, "")?, now);
                pages.entry(key).or_default().push(integration);
            }
        }
        Ok(pages)
    }
}
