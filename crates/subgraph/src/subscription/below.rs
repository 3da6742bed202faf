//! What happens at a unit and below it, as far as somebody may see it.

use async_graphql::ID;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::caller::Scope;
use crate::changes::{change, newest};
use crate::directory::unit::{self, Column};
use crate::error::{Error, Result};

/// A unit with all that is below it.
#[derive(Clone, Copy, Debug)]
pub struct Below {
    /// The network it belongs to.
    pub network: Uuid,
    /// The unit.
    pub top: Uuid,
}

/// Who may be told of a change on a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Who may see the unit.
    WhoSeesTheUnit,
    /// Also who may see something below it, as for what everybody in a unit may know.
    WhoSeesAnythingBelow,
    /// Whoever holds the permission anywhere: the service looks up itself what may be seen.
    WhoReadsAnything,
}

impl Below {
    /// The unit with this id, if it or anything below it is in scope.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn find<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &ID) -> Result<Option<Self>> {
        let Ok(id) = Uuid::parse_str(id) else { return Ok(None) };
        let visible = unit::Entity::find_by_id(id).filter(scope.units_and_ancestors());
        let row = visible.one(connection).await?;
        Ok(row.map(|row| Self { network: row.network_id, top: row.id }))
    }

    /// The same, for whoever must name a unit that they see.
    ///
    /// # Errors
    /// [`Error::BadInput`] when there is none.
    pub async fn require<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &ID) -> Result<Self> {
        let unknown = || Error::BadInput(format!("there is no unit `{}` that you may see", id.as_str()));
        Self::find(connection, scope, id).await?.ok_or_else(unknown)
    }

    /// The revision of the newest change in its network, as GraphQL has it.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn revision<C: ConnectionTrait>(&self, connection: &C) -> Result<i32> {
        revision(newest(connection, self.network).await?)
    }

    /// The units of the directory that are here.
    pub fn units(&self) -> Condition {
        Condition::any()
            .add(Column::NetworkId.eq(self.top))
            .add(Column::RegionId.eq(self.top))
            .add(Column::GroupId.eq(self.top))
            .add(Column::Id.eq(self.top))
    }

    /// Whether a change is on a unit here that is told to who has a scope, or took a unit in scope away from here.
    pub(super) async fn holds<C: ConnectionTrait>(
        &self,
        connection: &C,
        change: &change::Model,
        scope: &Scope,
        told: Told,
    ) -> Result<bool, DbErr> {
        let seen = match told {
            Told::WhoSeesTheUnit => scope.units(),
            Told::WhoSeesAnythingBelow => scope.units_and_ancestors(),
            Told::WhoReadsAnything => return Ok(true),
        };
        let is_there = Condition::all().add(Column::Id.eq(change.unit_id)).add(seen);
        let was_there = Condition::all().add(Column::Id.is_in(change.former_unit_id)).add(scope.units());
        let told = unit::Entity::find().filter(Condition::any().add(is_there).add(was_there));
        let units = told.filter(self.units());
        Ok(units.count(connection).await? > 0)
    }
}

/// A revision as a GraphQL `Int`.
///
/// # Errors
/// When there were more changes than an `Int` counts.
pub fn revision(number: i64) -> Result<i32> {
    i32::try_from(number).map_err(Error::internal)
}
