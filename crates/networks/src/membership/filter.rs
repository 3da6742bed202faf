//! Which memberships a list shows, and who may see them.

use async_graphql::{ID, InputObject};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr};
use subgraph::Result;
use subgraph::caller::Role;
use subgraph::date::Date;
use subgraph::directory::UnitKind;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::list::{Filter, Listed, ParentKind, Row, SortKey, check_bounds};
use crate::request::Reader;
use crate::unit::uuid_of;

/// Narrows a list of memberships; all given conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct MembershipFilter {
    /// With one of these roles.
    pub role: Option<Vec<Role>>,
    /// On units of these levels.
    pub unit_kind: Option<Vec<UnitKind>>,
    /// On exactly this unit.
    pub unit_id: Option<ID>,
    /// On units of this network.
    pub network_id: Option<ID>,
    /// Of this person.
    pub person_id: Option<ID>,
    /// In force on this day (UTC).
    pub in_force_on: Option<Date>,
}

impl Filter for MembershipFilter {
    fn condition(&self) -> Condition {
        let in_force = self.in_force_on.map(|Date(day)| {
            let not_ended = Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gt(day));
            Condition::all().add(Column::ValidFrom.lte(day)).add(not_ended)
        });
        Condition::all()
            .add_option(self.role.as_ref().map(|roles| Column::Role.is_in(roles.iter().copied())))
            .add_option(self.unit_kind.as_ref().map(|kinds| Column::UnitKind.is_in(kinds.iter().copied())))
            .add_option(self.unit_id.as_ref().map(|id| Column::UnitId.eq(uuid_of(id))))
            .add_option(self.network_id.as_ref().map(|id| Column::NetworkId.eq(uuid_of(id))))
            .add_option(self.person_id.as_ref().map(|id| Column::PersonId.eq(uuid_of(id))))
            .add_option(in_force)
    }

    fn check(&self) -> Result<()> {
        check_bounds(
            &[],
            &[self.role.as_ref().map_or(0, Vec::len), self.unit_kind.as_ref().map_or(0, Vec::len)],
        )
    }
}

impl Listed for Entity {
    type Filter = MembershipFilter;

    fn id() -> Column {
        Column::Id
    }

    fn sort_by(_: SortKey) -> Option<Expr> {
        None
    }

    /// One's own, and those on units where memberships may be seen.
    fn visible(reader: &Reader) -> Condition {
        Condition::any()
            .add(Column::PersonId.eq(reader.caller.person))
            .add(reader.members.rows((Entity, Column::NetworkId), (Entity, Column::UnitId)))
    }

    fn parent(kind: ParentKind) -> Option<Column> {
        match kind {
            ParentKind::Exactly => Some(Column::UnitId),
            ParentKind::Person => Some(Column::PersonId),
            ParentKind::Unit(_) => None,
        }
    }
}

impl Row for Model {
    fn id(&self) -> Uuid {
        self.id
    }

    fn parent_id(&self, kind: ParentKind) -> Option<Uuid> {
        match kind {
            ParentKind::Exactly => Some(self.unit_id),
            ParentKind::Person => Some(self.person_id),
            ParentKind::Unit(_) => None,
        }
    }

    fn sort_text(&self, _: SortKey) -> String {
        String::new()
    }
}
