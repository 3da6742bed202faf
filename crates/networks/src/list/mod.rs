//! Filtered, sorted, paged lists of any table, alone or for many parents in one statement.

mod connection;
mod keyset;
mod loader;
mod remembered;
mod store;

use std::hash::{Hash, Hasher};

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{EntityTrait, FromQueryResult};
use subgraph::directory::UnitKind;
use subgraph::page::Page;
use subgraph::{Error, Result};
use uuid::Uuid;

pub(crate) use connection::{Arguments, Listing, Node, connect};
pub(crate) use keyset::{NO_DATE, Sort, SortDirection, SortKey};
pub(crate) use loader::ById;
pub(crate) use remembered::unit_row;

use crate::request::Reader;

/// A table whose rows are listed.
pub(crate) trait Listed: EntityTrait<Model: Row> + 'static {
    /// What clients may narrow the list by.
    type Filter: Filter;

    /// The primary key.
    fn id() -> Self::Column;

    /// What to sort by; none sorts by the id, which is by age.
    fn sort_by(key: SortKey) -> Option<Expr>;

    /// The rows the reader may see. Every statement on the table carries this.
    fn visible(reader: &Reader) -> Condition;

    /// The level of the tree whose units the rows are; none when they are no units.
    fn level() -> Option<UnitKind> {
        None
    }

    /// The column that holds the id of a parent of this kind; none when rows have no such parent.
    fn parent(kind: ParentKind) -> Option<Self::Column>;
}

/// What a list is narrowed by.
pub(crate) trait Filter: Clone + Default + Eq + Hash + Send + Sync + 'static {
    /// The rows it lets through.
    fn condition(&self) -> Condition;

    /// Refuses texts and lists that are too long.
    ///
    /// # Errors
    /// [`subgraph::Error::BadInput`].
    fn check(&self) -> Result<()>;
}

/// The longest text in a filter, in characters.
const MAX_TEXT: usize = 200;

/// The most alternatives in a filter.
const MAX_ALTERNATIVES: usize = 50;

/// Bounds the texts and alternatives of a filter.
pub(crate) fn check_bounds(texts: &[Option<&String>], alternatives: &[usize]) -> Result<()> {
    if texts.iter().flatten().any(|text| text.chars().count() > MAX_TEXT) {
        return Err(Error::BadInput(format!("a text in `filter` is longer than {MAX_TEXT} characters")));
    }
    if alternatives.iter().any(|&count| count > MAX_ALTERNATIVES) {
        return Err(Error::BadInput(format!("a list in `filter` has more than {MAX_ALTERNATIVES} items")));
    }
    Ok(())
}

/// A row of such a table.
pub(crate) trait Row: FromQueryResult + Clone + Send + Sync + 'static {
    /// The primary key.
    fn id(&self) -> Uuid;

    /// The id of the parent of this kind, where it has one.
    fn parent_id(&self, kind: ParentKind) -> Option<Uuid>;

    /// The value it is sorted by, as text.
    fn sort_text(&self, key: SortKey) -> String;

    /// About how many bytes it takes: with what it owns, where that may be much.
    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

/// What a list may hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ParentKind {
    /// Everything below a unit of this kind.
    Unit(UnitKind),
    /// Records about exactly this unit.
    Exactly,
    /// Records about a person.
    Person,
}

/// A parent of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Parent {
    pub(crate) kind: ParentKind,
    pub(crate) id: Uuid,
}

/// Which rows, in which order, from where.
pub(crate) struct List<E: Listed> {
    pub(crate) filter: E::Filter,
    pub(crate) sort: Sort,
    pub(crate) page: Page,
}

impl<E: Listed> List<E> {
    fn parts(&self) -> (&E::Filter, Sort, &Page) {
        (&self.filter, self.sort, &self.page)
    }
}

impl<E: Listed> PartialEq for List<E> {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl<E: Listed> Eq for List<E> {}

impl<E: Listed> Hash for List<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}
