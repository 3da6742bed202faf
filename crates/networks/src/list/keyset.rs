//! Keyset paging in SQL: where a cursor stands, and the order that makes it stand still.

use async_graphql::Enum;
use chrono::NaiveDate;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ExprTrait, Order, Value};
use subgraph::page::{Cursor, Page};
use subgraph::{Error, Result};

use super::{Listed, Row};

/// Which way to sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub(crate) enum SortDirection {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// What a list is sorted by; the id breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SortKey {
    Name,
    Code,
    OpenedOn,
    Id,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sort {
    pub(crate) key: SortKey,
    pub(crate) direction: SortDirection,
}

/// Stands for a missing date: sorts after every date.
pub(crate) const NO_DATE: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

impl SortKey {
    /// Leads the key in a cursor, so that a cursor of a list sorted differently is told apart.
    fn mark(self) -> char {
        match self {
            Self::Name => 'n',
            Self::Code => 'c',
            Self::OpenedOn => 'o',
            Self::Id => 'i',
        }
    }

    fn value(self, cursor: &Cursor) -> Result<Value> {
        let foreign = || {
            Error::BadInput(
                "the cursor belongs to a list with another order: use `endCursor` of a page sorted alike"
                    .to_owned(),
            )
        };
        let text = cursor.key.strip_prefix(self.mark()).ok_or_else(foreign)?;
        match self {
            Self::OpenedOn => Ok(text.parse::<NaiveDate>().map_err(|_| foreign())?.into()),
            Self::Name | Self::Code | Self::Id => Ok(text.into()),
        }
    }
}

impl Sort {
    /// The place of a row in a list of this order.
    pub(crate) fn cursor<R: Row>(self, row: &R) -> Cursor {
        let mut key = String::from(self.key.mark());
        key.push_str(&row.sort_text(self.key));
        Cursor { key, id: row.id() }
    }

    /// The order in which a store reads: from the end the page starts at.
    pub(crate) fn order(self, backwards: bool) -> Order {
        if (self.direction == SortDirection::Descending) == backwards { Order::Asc } else { Order::Desc }
    }

    /// The rows between the page's cursors.
    pub(crate) fn between<E: Listed>(self, page: &Page) -> Result<Condition> {
        let mut condition = Condition::all();
        if let Some(cursor) = &page.after {
            condition = condition.add(self.beyond::<E>(cursor, true)?);
        }
        if let Some(cursor) = &page.before {
            condition = condition.add(self.beyond::<E>(cursor, false)?);
        }
        Ok(condition)
    }

    /// The rows after (or before) a cursor, in list order.
    fn beyond<E: Listed>(self, cursor: &Cursor, after: bool) -> Result<Condition> {
        let larger = after == (self.direction == SortDirection::Ascending);
        let id = if larger { E::id().gt(cursor.id) } else { E::id().lt(cursor.id) };
        let value = self.key.value(cursor)?;
        let Some(column) = E::sort_by(self.key) else { return Ok(Condition::all().add(id)) };
        let further =
            if larger { column.clone().gt(value.clone()) } else { column.clone().lt(value.clone()) };
        Ok(Condition::any().add(further).add(column.eq(value).and(id)))
    }
}
