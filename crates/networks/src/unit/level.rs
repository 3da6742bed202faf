//! What the tables of the four levels have in common.

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Condition, Expr, Func, LikeExpr, Query};
use sea_orm::{ColumnTrait, ExprTrait};
use subgraph::directory::unit as directory;
use uuid::Uuid;

use super::{Place, UnitStatus};
use crate::list::{Row, Sort, SortDirection, SortKey};
use crate::request::Reader;

/// A unit as stored.
pub(crate) trait LevelRow: Row {
    fn place(&self) -> Place;
    fn name(&self) -> &str;
    fn code(&self) -> &str;
    fn status(&self) -> UnitStatus;
    fn time_zone(&self) -> &str;
    fn currency(&self) -> &str;
    fn opened_on(&self) -> Option<NaiveDate>;
    fn version(&self) -> i32;
    fn set_status(&mut self, status: UnitStatus);

    /// Makes it the next version.
    fn touch(&mut self, now: DateTime<Utc>);

    /// How the directory lists it.
    fn directory_row(&self) -> directory::Model {
        let place = self.place();
        directory::Model {
            id: place.id,
            kind: place.kind,
            network_id: place.network,
            region_id: place.region,
            group_id: place.group,
            name: self.name().to_owned(),
            code: self.code().to_owned(),
            status: self.status().as_str().to_owned(),
            time_zone: self.time_zone().to_owned(),
            currency: self.currency().to_owned(),
            opened_on: self.opened_on(),
            change: 0,
        }
    }
}

/// Implements [`crate::list::Listed`] and their rows for an entity with the common columns.
macro_rules! level {
    ($kind:ident, $filter:ty, |$row:ident| $place:expr, $parent:expr) => {
        impl $crate::list::Listed for Entity {
            type Filter = $filter;

            fn id() -> Column {
                Column::Id
            }

            fn sort_by(key: $crate::list::SortKey) -> Option<sea_orm::sea_query::Expr> {
                $crate::unit::sort_by(key, Column::Name, Column::Code, Column::OpenedOn)
            }

            fn visible(reader: &$crate::request::Reader) -> sea_orm::sea_query::Condition {
                $crate::unit::visible(Column::Id, reader)
            }

            fn level() -> Option<subgraph::directory::UnitKind> {
                Some(subgraph::directory::UnitKind::$kind)
            }

            fn parent(kind: $crate::list::ParentKind) -> Option<Column> {
                let $crate::list::ParentKind::Unit(kind) = kind else { return None };
                let parent: fn(subgraph::directory::UnitKind) -> Option<Column> = $parent;
                parent(kind)
            }
        }

        impl $crate::list::Row for Model {
            fn id(&self) -> uuid::Uuid {
                self.id
            }

            fn parent_id(&self, kind: $crate::list::ParentKind) -> Option<uuid::Uuid> {
                let $crate::list::ParentKind::Unit(kind) = kind else { return None };
                $crate::unit::LevelRow::place(self).at(kind)
            }

            fn sort_text(&self, key: $crate::list::SortKey) -> String {
                $crate::unit::sort_text(self, key)
            }

            fn size(&self) -> usize {
                size_of::<Self>() + $crate::unit::TEXTS + self.owned()
            }
        }

        impl $crate::unit::LevelRow for Model {
            fn place(&self) -> $crate::unit::Place {
                let $row = self;
                $place
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn code(&self) -> &str {
                &self.code
            }

            fn status(&self) -> $crate::unit::UnitStatus {
                self.status
            }

            fn time_zone(&self) -> &str {
                &self.time_zone
            }

            fn currency(&self) -> &str {
                &self.currency
            }

            fn opened_on(&self) -> Option<chrono::NaiveDate> {
                self.opened_on
            }

            fn version(&self) -> i32 {
                self.version
            }

            fn set_status(&mut self, status: $crate::unit::UnitStatus) {
                self.status = status;
            }

            fn touch(&mut self, now: chrono::DateTime<chrono::Utc>) {
                self.version += 1;
                self.updated_at = now;
            }
        }
    };
}

pub(crate) use level;

/// About how many bytes the names, codes and addresses of a unit take.
pub(crate) const TEXTS: usize = 512;

/// What units are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub(crate) enum UnitSortField {
    /// By name, by code points: capitals before small letters.
    #[default]
    Name,
    /// By code.
    Code,
    /// By the first day of business; units without one come last.
    OpenedOn,
}

/// The order of a list of units; the unit's id breaks ties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, InputObject)]
pub(crate) struct UnitSort {
    /// What to sort by.
    #[graphql(default)]
    pub field: UnitSortField,
    /// Which way.
    #[graphql(default)]
    pub direction: SortDirection,
}

impl From<Option<UnitSort>> for Sort {
    fn from(sort: Option<UnitSort>) -> Self {
        let sort = sort.unwrap_or_default();
        let key = match sort.field {
            UnitSortField::Name => SortKey::Name,
            UnitSortField::Code => SortKey::Code,
            UnitSortField::OpenedOn => SortKey::OpenedOn,
        };
        Self { key, direction: sort.direction }
    }
}

/// The units a reader may see: those in scope and the ones above them.
pub(crate) fn visible(id: impl ColumnTrait, reader: &Reader) -> Condition {
    within(id, reader.units.units_and_ancestors())
}

/// The units that the directory's condition selects.
pub(crate) fn within(id: impl ColumnTrait, condition: Condition) -> Condition {
    let units = Query::select()
        .column(directory::Column::Id)
        .from(directory::Entity)
        .cond_where(condition)
        .to_owned();
    Condition::all().add(id.in_subquery(units))
}

pub(crate) fn sort_by<C: ColumnTrait>(key: SortKey, name: C, code: C, opened_on: C) -> Option<Expr> {
    match key {
        SortKey::Name => Some(name.into_expr()),
        SortKey::Code => Some(code.into_expr()),
        SortKey::OpenedOn => {
            Some(Func::coalesce([opened_on.into_expr(), Expr::val(crate::list::NO_DATE)]).into())
        }
        SortKey::Id => None,
    }
}

pub(crate) fn sort_text(row: &impl LevelRow, key: SortKey) -> String {
    match key {
        SortKey::Name => row.name().to_owned(),
        SortKey::Code => row.code().to_owned(),
        SortKey::OpenedOn => row.opened_on().unwrap_or(crate::list::NO_DATE).to_string(),
        SortKey::Id => String::new(),
    }
}

/// Rows in which one of the columns contains the text; the case of ASCII letters does not matter.
pub(crate) fn contains<C: ColumnTrait>(columns: &[C], text: &str) -> Condition {
    let mut pattern = String::from("%");
    for character in text.trim().to_ascii_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    columns.iter().fold(Condition::any(), |condition, column| {
        let lowered = Expr::from(Func::lower(column.into_expr()));
        condition.add(lowered.like(LikeExpr::new(pattern.clone()).escape('\\')))
    })
}

/// The unit an id argument names; an id that is none names nothing, as an unknown one does.
pub(crate) fn uuid_of(id: &async_graphql::ID) -> Uuid {
    id.parse().unwrap_or(Uuid::nil())
}
