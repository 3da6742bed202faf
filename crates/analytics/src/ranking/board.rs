//! Ranking locations by a metric, and paging through the result.
//!
//! A ranking is computed whole: its ranks depend on every location, and there are thousands at most. A page
//! starts after a figure and a location, not after a number of entries, so it stays where it was when others
//! come and go.

use std::cmp::Ordering;

use subgraph::page::{Cursor, Page};
use subgraph::{Error, Result};
use uuid::Uuid;

use super::RankingOrder;
use crate::metric::Metric;
use crate::metric::figures::Figures;
use crate::metric::fraction::Fraction;

/// A location in a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// From 1; equal figures share a rank.
    pub(crate) rank: i32,
    pub(crate) value: Fraction,
    pub(crate) location: Uuid,
}

/// A whole ranking.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(crate) entries: Vec<Entry>,
    /// Locations left out.
    pub(crate) unranked: usize,
    order: RankingOrder,
}

impl Board {
    /// Ranks locations; for amounts of money, those with all their amounts in the currency.
    pub(crate) fn new(
        locations: &[(Uuid, Option<Figures>)],
        metric: Metric,
        order: RankingOrder,
        currency: &str,
    ) -> Self {
        let value = |figures: &Figures| {
            let comparable = !metric.is_money() || figures.currency() == Some(currency);
            comparable.then(|| figures.measure(metric).ok()).flatten()
        };
        let mut entries: Vec<Entry> = locations
            .iter()
            .filter_map(|(location, figures)| Some((*location, value(figures.as_ref()?)?)))
            .map(|(location, value)| Entry { rank: 1, value, location })
            .collect();
        entries
            .sort_by(|left, right| order.compare((left.value, left.location), (right.value, right.location)));
        let mut place = 0;
        for at in 1..entries.len() {
            place += 1;
            let tie = entries[at].value == entries[at - 1].value;
            entries[at].rank = if tie { entries[at - 1].rank } else { place + 1 };
        }
        Self { unranked: locations.len() - entries.len(), entries, order }
    }

    /// Up to one entry more than the page has, from the end it starts at.
    pub(crate) fn page(&self, page: &Page) -> Result<Vec<Entry>> {
        let after = page.after.as_ref().map(place).transpose()?;
        let before = page.before.as_ref().map(place).transpose()?;
        let within = |entry: &&Entry| {
            let own = (entry.value, entry.location);
            after.is_none_or(|place| self.order.compare(own, place).is_gt())
                && before.is_none_or(|place| self.order.compare(own, place).is_lt())
        };
        let rows = usize::try_from(page.rows()).unwrap_or(usize::MAX);
        let within = self.entries.iter().filter(within).copied();
        Ok(if page.backwards { within.rev().take(rows).collect() } else { within.take(rows).collect() })
    }
}

impl RankingOrder {
    /// Equal figures are in the order of their locations' ids.
    fn compare(self, left: (Fraction, Uuid), right: (Fraction, Uuid)) -> Ordering {
        let values = match self {
            Self::HighestFirst => right.0.cmp(&left.0),
            Self::LowestFirst => left.0.cmp(&right.0),
        };
        values.then(left.1.cmp(&right.1))
    }
}

fn place(cursor: &Cursor) -> Result<(Fraction, Uuid)> {
    let value = Fraction::parse(&cursor.key).ok_or_else(|| {
        Error::BadInput("the cursor is not one this ranking gave out: use `endCursor` of a page".to_owned())
    })?;
    Ok((value, cursor.id))
}
