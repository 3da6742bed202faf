//! Rows of units and lists below them, remembered for callers who may see all of what they are about.
//!
//! Whoever sees a unit only because something below it is theirs sees less of it, or another list: their rows are
//! looked up within their scope.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::Context;
use sea_orm::DatabaseConnection;
use subgraph::Result;
use subgraph::answers::{Question, ask, names};
use subgraph::caller::Scope;
use subgraph::directory::UnitKind;
use uuid::Uuid;

use super::loader::PageOf;
use super::{ById, List, Listed, Parent, ParentKind, Row, store};
use crate::request::ReaderContext;
use crate::unit::within;

/// The row of a unit that the caller may see.
pub(crate) async fn unit_row<E: Listed>(ctx: &Context<'_>, id: Uuid) -> Result<Option<Arc<E::Model>>> {
    match ask(ctx, RowOf::<E>(PhantomData), id).await? {
        Some(row) => Ok(Some(row)),
        None => ctx.batch()?.load_one(ById::<E>::new(id)).await,
    }
}

/// A page of the list of a parent.
pub(super) async fn page<E: Listed>(
    ctx: &Context<'_>,
    parent: Parent,
    list: &Arc<List<E>>,
) -> Result<Vec<Arc<E::Model>>> {
    if let (Some(level), ParentKind::Unit(kind)) = (E::level(), parent.kind)
        && let Some(rows) = ask(ctx, PageBelow { kind, list: list.clone() }, parent.id).await?
    {
        names(ctx, parent.id, level, rows.iter().map(|row| row.id()))?;
        return Ok(rows.to_vec());
    }
    Ok(ctx.batch()?.load_one(PageOf { parent, list: list.clone() }).await?.unwrap_or_default())
}

/// The row of a unit.
struct RowOf<E>(PhantomData<fn() -> E>);

impl<E> Clone for RowOf<E> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<E> PartialEq for RowOf<E> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<E> Eq for RowOf<E> {}

impl<E> Hash for RowOf<E> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<E: Listed> Question for RowOf<E> {
    type Answer = Arc<E::Model>;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Arc<E::Model>>> {
        store::by_ids::<E>(database, within(E::id(), scope.units()), units).await
    }

    fn size(row: &Arc<E::Model>) -> usize {
        row.size()
    }
}

/// A page of the list of all units of a level below one of a kind.
struct PageBelow<E: Listed> {
    kind: UnitKind,
    list: Arc<List<E>>,
}

impl<E: Listed> Clone for PageBelow<E> {
    fn clone(&self) -> Self {
        Self { kind: self.kind, list: self.list.clone() }
    }
}

impl<E: Listed> PartialEq for PageBelow<E> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.list == other.list
    }
}

impl<E: Listed> Eq for PageBelow<E> {}

impl<E: Listed> Hash for PageBelow<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.list.hash(state);
    }
}

impl<E: Listed> Question for PageBelow<E> {
    type Answer = Arc<[Arc<E::Model>]>;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Self::Answer>> {
        let visible = within(E::id(), scope.units());
        let kind = ParentKind::Unit(self.kind);
        let mut pages = store::pages::<E>(database, visible, kind, units, &self.list).await?;
        Ok(units.iter().map(|unit| (*unit, pages.remove(unit).unwrap_or_default().into())).collect())
    }

    fn size(rows: &Self::Answer) -> usize {
        rows.iter().map(|row| row.size()).sum()
    }
}
