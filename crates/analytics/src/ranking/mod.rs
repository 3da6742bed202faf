//! League tables: the locations of a unit in the order of a metric.

pub(crate) mod board;
pub(crate) mod store;

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use sea_orm::{EntityTrait, QueryFilter};
use subgraph::answers::ask;
use subgraph::caller::Permission;
use subgraph::date::Date;
use subgraph::directory::unit;
use subgraph::money::is_currency_code;
use subgraph::page::{Cursor, Page};
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};
use subgraph::service::RequestContext;
use subgraph::{Error, Result};
use uuid::Uuid;

use crate::metric::{Metric, MetricValue};
use crate::nullable::Nullable;
use crate::period::Window;
use crate::period::clock::Clock;
use crate::period::range::DateRangeInput;
use crate::unit::{FranchiseUnit, KEPT};

use board::{Board, Entry};
use store::LocationsOf;

/// The order of a ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub(crate) enum RankingOrder {
    /// The highest figure has rank 1.
    #[default]
    HighestFirst,
    /// The lowest figure has rank 1.
    LowestFirst,
}

/// A location in a ranking.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
pub(crate) struct RankingEntry {
    /// Place in the whole ranking, from 1. Equal figures share a rank, and the next rank is left out: 1, 2, 2, 4.
    rank: i32,
    /// The location's figure.
    value: MetricValue,
    /// The location.
    unit: FranchiseUnit,
    #[graphql(skip)]
    cursor: (String, Uuid),
}

/// What a ranking is of.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RankingSummary {
    /// The first day.
    from: Date,
    /// The last day, included.
    to: Date,
    /// The currency of the figures, if they are amounts of money.
    currency: Option<String>,
    /// Number of locations ranked, on all pages.
    total_count: i32,
    /// Number of locations that are not ranked: without facts in the window, with nothing to divide by, or with
    /// amounts in another currency.
    unranked: i32,
}

/// A page of a ranking.
pub(crate) type RankingConnection = Connection<Cursor, RankingEntry, RankingSummary>;

/// What to rank, and which part of the ranking is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) metric: Metric,
    pub(crate) window: Window,
    pub(crate) order: RankingOrder,
    pub(crate) currency: Option<String>,
    pub(crate) page: Page,
}

/// A unit's ranking, or nothing when the caller may not see the unit's figures.
pub(crate) async fn load(
    context: &Context<'_>,
    unit: Uuid,
    asked: Asked,
) -> Result<Option<RankingConnection>> {
    if let Some(code) = asked.currency.as_deref().filter(|code| !is_currency_code(code)) {
        return Err(Error::BadInput(format!("`{code}` is not an ISO 4217 code such as `EUR`")));
    }
    let Some(locations) = ask(context, LocationsOf(asked.window), unit).await? else { return Ok(None) };
    let currency = asked.currency.clone().unwrap_or_else(|| locations.currency.clone());
    let board = Board::new(&locations.figures, asked.metric, asked.order, &currency);
    connection(&asked, &board, currency).map(Some)
}

fn connection(asked: &Asked, board: &Board, currency: String) -> Result<RankingConnection> {
    let entries = board.page(&asked.page)?;
    let rows = entries.into_iter().map(|entry| ranked(entry, asked.metric, &currency)).collect();
    let cursor = |entry: &RankingEntry| Cursor { key: entry.cursor.0.clone(), id: entry.cursor.1 };
    let page = asked.page.connection(rows, cursor);
    let summary = RankingSummary {
        from: asked.window.from.into(),
        to: asked.window.to.into(),
        currency: asked.metric.is_money().then_some(currency),
        total_count: count(board.entries.len())?,
        unranked: count(board.unranked)?,
    };
    let mut ranking = Connection::with_additional_fields(page.has_previous_page, page.has_next_page, summary);
    ranking.edges = page.edges.into_iter().map(|edge| Edge::new(edge.cursor, edge.node)).collect();
    Ok(ranking)
}

fn ranked(entry: Entry, metric: Metric, currency: &str) -> RankingEntry {
    RankingEntry {
        rank: entry.rank,
        value: MetricValue::new(metric, entry.value, currency),
        unit: FranchiseUnit::from(entry.location),
        cursor: (entry.value.to_text(), entry.location),
    }
}

fn count(count: usize) -> Result<i32> {
    i32::try_from(count).map_err(Error::internal)
}

/// Root query fields about rankings.
#[derive(Debug, Default)]
pub(crate) struct RankingQuery;

#[Object]
impl RankingQuery {
    /// The locations of a unit in the order of a metric; null when there is no such unit or you may not see its
    /// figures. "Today" is meant in the unit's time zone.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    #[graphql(
        directive = cost::apply(10),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(
            Some(20),
            Some(vec!["first".to_owned(), "last".to_owned()]),
            Some(vec!["edges".to_owned(), "nodes".to_owned()]),
            Some(false)
        )
    )]
    async fn location_ranking(
        &self,
        context: &Context<'_>,
        unit_id: ID,
        metric: Metric,
        range: DateRangeInput,
        #[graphql(default)] order: RankingOrder,
        #[graphql(
            desc = "For amounts of money: rank the locations whose amounts are in this currency (ISO \
                          4217), by default the unit's."
        )]
        currency: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Nullable<RankingConnection> {
        let ranking = async {
            let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
            let Some(unit) = visible_unit(context, &unit_id).await? else { return Ok(None) };
            let window = range.window(|| Clock::of(context).today(&unit.time_zone))?;
            load(context, unit.id, Asked { metric, window, order, currency, page }).await
        };
        ranking.await.transpose()
    }
}

async fn visible_unit(context: &Context<'_>, id: &ID) -> Result<Option<unit::Model>> {
    let Ok(id) = Uuid::parse_str(id) else { return Ok(None) };
    let scope = context.caller()?.scope(Permission::ReadFigures);
    Ok(unit::Entity::find_by_id(id).filter(scope.units()).one(context.database()?).await?)
}
