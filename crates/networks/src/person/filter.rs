//! Which people a list shows, and who may see whom.

use async_graphql::{ID, InputObject};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{ColumnTrait, IntoSimpleExpr};
use subgraph::Result;
use subgraph::subscription::Below;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::group::entity as group;
use crate::list::{Filter, Listed, ParentKind, Row, SortKey, check_bounds};
use crate::location::entity as location;
use crate::membership::entity as membership;
use crate::request::Reader;
use crate::unit::{contains, uuid_of, within};

/// Narrows a list of people; all given conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub(crate) struct PersonFilter {
    /// Name or e-mail address contain this text; the case of ASCII letters does not matter.
    pub search: Option<String>,
    /// With this e-mail address.
    pub email: Option<String>,
    /// Whose record this network keeps.
    pub network_id: Option<ID>,
}

impl Filter for PersonFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.search.as_ref().map(|text| contains(&[Column::Name, Column::Email], text)))
            .add_option(self.email.as_ref().map(|email| Column::Email.eq(email.to_lowercase())))
            .add_option(self.network_id.as_ref().map(|id| Column::NetworkId.eq(uuid_of(id))))
    }

    fn check(&self) -> Result<()> {
        check_bounds(&[self.search.as_ref(), self.email.as_ref()], &[])
    }
}

impl Listed for Entity {
    type Filter = PersonFilter;

    fn id() -> Column {
        Column::Id
    }

    fn sort_by(key: SortKey) -> Option<Expr> {
        match key {
            SortKey::Name => Some(Column::Name.into_simple_expr()),
            SortKey::Code | SortKey::OpenedOn | SortKey::Id => None,
        }
    }

    /// Oneself; people whose record a network keeps, people with access, where memberships may be seen; people
    /// responsible for units that may be seen.
    fn visible(reader: &Reader) -> Condition {
        let members = Query::select()
            .column(membership::Column::PersonId)
            .from(membership::Entity)
            .cond_where(reader.members.rows(membership::Column::NetworkId, membership::Column::UnitId))
            .to_owned();
        let visible = Condition::any()
            .add(Column::Id.eq(reader.caller.person))
            .add(reader.members.rows((Entity, Column::NetworkId), (Entity, Column::NetworkId)))
            .add(Column::Id.in_subquery(members));
        responsible(visible, reader.units.units_and_ancestors(), reader.units.units())
    }

    fn parent(_: ParentKind) -> Option<Column> {
        None
    }
}

/// People with access to a unit or to units below it, those responsible for them and, of a network, those whose record it
/// keeps.
pub(super) fn has_to_do_with(below: &Below) -> Condition {
    let members = Query::select()
        .column(membership::Column::PersonId)
        .from(membership::Entity)
        .cond_where(within(membership::Column::UnitId, below.units()))
        .to_owned();
    let people = Condition::any().add(Column::NetworkId.eq(below.top)).add(Column::Id.in_subquery(members));
    responsible(people, below.units(), below.units())
}

/// Adds those responsible for groups and for locations among the units that conditions hold for.
fn responsible(mut people: Condition, groups: Condition, locations: Condition) -> Condition {
    let franchisees = Query::select()
        .column(group::Column::FranchiseeId)
        .from(group::Entity)
        .and_where(group::Column::FranchiseeId.is_not_null())
        .cond_where(within(group::Column::Id, groups))
        .to_owned();
    people = people.add(Column::Id.in_subquery(franchisees));
    for column in [location::Column::OwnerId, location::Column::ManagerId] {
        let responsible = Query::select()
            .column(column)
            .from(location::Entity)
            .and_where(column.is_not_null())
            .cond_where(within(location::Column::Id, locations.clone()))
            .to_owned();
        people = people.add(Column::Id.in_subquery(responsible));
    }
    people
}

impl Row for Model {
    fn id(&self) -> Uuid {
        self.id
    }

    fn parent_id(&self, _: ParentKind) -> Option<Uuid> {
        None
    }

    fn sort_text(&self, key: SortKey) -> String {
        if key == SortKey::Name { self.name.clone() } else { String::new() }
    }
}
