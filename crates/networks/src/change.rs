//! A change of the tree or its people: one transaction that finds, checks, writes and publishes.
//!
//! A change holds its network's row locked to the end, so that changes within a network come one after another:
//! what one has checked (nobody alive below, no equal grant, the parent's place in the tree) still holds when it
//! commits. Dropping a change undoes it.

use async_graphql::{Context, ID};
use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::sea_query::{IntoCondition, Query};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use subgraph::Result;
use subgraph::caller::Permission;
use subgraph::changes::{self, Feed, NewChange};
use subgraph::database::begin;
use subgraph::directory::{self, Grants, membership, unit};
use subgraph::error::{UserError, UserErrorCode, is_unique_violation};
use subgraph::mutation::{Refusal, at_version, claim, forbidden, not_found};
use subgraph::service::RequestContext;
use uuid::Uuid;

use crate::list::Listed;
use crate::network::entity as network;
use crate::request::{Reader, ReaderContext};
use crate::unit::{Happening, LevelRow, Place, kind_name, suspension, uuid_of};

/// A change under way.
pub(crate) struct Change<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) transaction: DatabaseTransaction,
    /// When it is made, as exactly as both databases keep it.
    pub(crate) now: DateTime<Utc>,
    grants: &'a Grants,
    feed: &'a Feed,
    units: Vec<unit::Model>,
    memberships: Vec<membership::Model>,
    happened: Vec<NewChange>,
}

impl<'a> Change<'a> {
    pub(crate) async fn begin(ctx: &Context<'a>) -> Result<Self> {
        Ok(Self {
            reader: ctx.reader()?,
            transaction: begin(ctx.database()?).await?,
            now: Utc::now().trunc_subsecs(6),
            grants: ctx.grants()?,
            feed: ctx.feed()?,
            units: Vec::new(),
            memberships: Vec::new(),
            happened: Vec::new(),
        })
    }

    /// Locks the network of a unit that the caller may see, and reads where the unit is.
    pub(crate) async fn lock(&self, id: &ID, field: &str) -> Result<unit::Model, Refusal> {
        let id = uuid_of(id);
        let of_unit = Query::select()
            .column(unit::Column::NetworkId)
            .from(unit::Entity)
            .and_where(unit::Column::Id.eq(id))
            .to_owned();
        self.lock_network(network::Column::Id.in_subquery(of_unit)).await?;
        let visible = self.reader.units.units_and_ancestors();
        let row = unit::Entity::find_by_id(id).filter(visible).one(&self.transaction).await?;
        Ok(row.ok_or_else(|| not_found(field, "unit"))?)
    }

    /// Locks networks until the change ends.
    pub(crate) async fn lock_network(&self, which: impl IntoCondition) -> Result<()> {
        Ok(lock_networks(&self.transaction, which).await?)
    }

    /// A row that the caller may see.
    pub(crate) async fn row<E: Listed>(&self, id: Uuid) -> Result<Option<E::Model>> {
        let visible = E::find().filter(E::id().eq(id)).filter(E::visible(self.reader));
        Ok(visible.one(&self.transaction).await?)
    }

    /// The unit to change, of a kind, if it is still at the version that the change is based on.
    pub(crate) async fn unit<E>(
        &self,
        id: &ID,
        version: i32,
        permission: Permission,
    ) -> Result<E::Model, Refusal>
    where
        E: Listed,
        E::Model: LevelRow,
    {
        let row = self.unit_of_kind::<E>(id, "id").await?;
        self.require(&row.place(), permission, "id")?;
        at_version(kind_name(row.place().kind), row.version(), version)?;
        Ok(row)
    }

    /// The unit to move elsewhere: as in [`Change::unit`], but the caller may do so by a permission on the unit
    /// above it. What has ended stays where it was.
    pub(crate) async fn unit_to_move<E>(&self, id: &ID, version: i32) -> Result<E::Model, Refusal>
    where
        E: Listed,
        E::Model: LevelRow,
    {
        let row = self.unit_of_kind::<E>(id, "id").await?;
        let place = row.place();
        self.require(&place.above().unwrap_or(place), Permission::WriteStructure, "id")?;
        at_version(kind_name(place.kind), row.version(), version)?;
        row.status()
            .moves(place.kind)
            .map_err(|reason| UserError::at(UserErrorCode::InvalidTransition, "id", reason))?;
        Ok(row)
    }

    /// A unit of a kind that the caller may see, with its network locked.
    pub(crate) async fn unit_of_kind<E>(&self, id: &ID, field: &str) -> Result<E::Model, Refusal>
    where
        E: Listed,
        E::Model: LevelRow,
    {
        let unit = self.lock(id, field).await?;
        Ok(self.row::<E>(unit.id).await?.ok_or_else(|| not_found(field, "unit"))?)
    }

    /// The unit to make another one below.
    pub(crate) async fn parent<E>(&self, id: &ID, field: &str) -> Result<E::Model, Refusal>
    where
        E: Listed,
        E::Model: LevelRow,
    {
        let row = self.unit_of_kind::<E>(id, field).await?;
        self.may_hold_more(&row, field)?;
        Ok(row)
    }

    /// The unit to move another one of the same network to, neither into nor out of a suspension by who may not
    /// suspend.
    pub(crate) async fn target<E>(&self, moved: &Place, id: &ID, field: &str) -> Result<E::Model, Refusal>
    where
        E: Listed,
        E::Model: LevelRow,
    {
        let row = self.row::<E>(uuid_of(id)).await?.ok_or_else(|| not_found(field, "unit"))?;
        if row.place().network != moved.network {
            let message = format!("is of another network: a {} stays in its own", kind_name(moved.kind));
            return Err(UserError::at(UserErrorCode::Invalid, field, message).into());
        }
        self.may_hold_more(&row, field)?;
        suspension::keeps(self, moved, &row.place(), field).await?;
        Ok(row)
    }

    /// Refuses to put units below one that the caller may not extend, or that has ended.
    fn may_hold_more(&self, row: &impl LevelRow, field: &str) -> Result<(), UserError> {
        self.require(&row.place(), Permission::WriteStructure, field)?;
        row.status()
            .holds_more(row.place().kind)
            .map_err(|reason| UserError::at(UserErrorCode::InvalidTransition, field, reason))
    }

    /// Refuses a caller who lacks a permission on a unit that they see.
    pub(crate) fn require(
        &self,
        place: &Place,
        permission: Permission,
        field: &str,
    ) -> Result<(), UserError> {
        if place.allows(&self.reader.caller, permission) { Ok(()) } else { Err(forbidden(field, permission)) }
    }

    /// Takes an idempotency key. `Some` is what an earlier request with it made, as far as the caller still sees
    /// it.
    pub(crate) async fn earlier<E: Listed>(
        &self,
        key: Option<&str>,
        request: &str,
        id: Uuid,
    ) -> Result<Option<E::Model>, Refusal> {
        match claim(&self.transaction, &self.reader.caller, key, request, id).await? {
            None => Ok(None),
            Some(earlier) => match self.row::<E>(earlier).await? {
                Some(row) => Ok(Some(row)),
                None => Err(not_found("idempotencyKey", "record").into()),
            },
        }
    }

    /// Ends the change by creating a unit, or with what an earlier request with the same key created. `taken` says
    /// what the unit has in common with another one when it may not.
    pub(crate) async fn create<A>(
        mut self,
        row: <A::Entity as EntityTrait>::Model,
        (key, request): (Option<&str>, &str),
        taken: impl FnOnce(&<A::Entity as EntityTrait>::Model) -> UserError,
    ) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait,
        A::Entity: Listed,
        <A::Entity as EntityTrait>::Model: LevelRow + IntoActiveModel<A>,
    {
        if let Some(earlier) = self.earlier::<A::Entity>(key, request, row.place().id).await? {
            return Ok(earlier);
        }
        self.insert::<A>(&row, || taken(&row)).await?;
        self.happened.push(Happening::Created.to(&row, self.now));
        self.publish(&row);
        self.finish().await?;
        Ok(row)
    }

    /// Ends the change by storing a unit as its next version, to which something happened; `taken` as in
    /// [`Change::create`].
    pub(crate) async fn store<A>(
        mut self,
        mut row: <A::Entity as EntityTrait>::Model,
        happening: Happening,
        taken: impl FnOnce(&<A::Entity as EntityTrait>::Model) -> UserError,
    ) -> Result<<A::Entity as EntityTrait>::Model, Refusal>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: LevelRow + IntoActiveModel<A>,
    {
        row.touch(self.now);
        self.update::<A>(&row, || taken(&row)).await?;
        self.happened.push(happening.to(&row, self.now));
        self.publish(&row);
        self.finish().await?;
        Ok(row)
    }

    /// Adds a row; `taken` says what it has in common with another one when it may not.
    pub(crate) async fn insert<A>(
        &self,
        row: &<A::Entity as EntityTrait>::Model,
        taken: impl FnOnce() -> UserError,
    ) -> Result<(), Refusal>
    where
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row: A = row.clone().into_active_model();
        unless_taken(A::Entity::insert(row).exec_without_returning(&self.transaction).await, taken)
    }

    /// Overwrites a row; `taken` as in [`Change::insert`].
    pub(crate) async fn update<A>(
        &self,
        row: &<A::Entity as EntityTrait>::Model,
        taken: impl FnOnce() -> UserError,
    ) -> Result<(), Refusal>
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row: A = row.clone().into_active_model();
        unless_taken(row.reset_all().update(&self.transaction).await, taken)
    }

    /// Records something else than a change of a unit.
    pub(crate) fn tell(&mut self, happened: NewChange) {
        self.happened.push(happened);
    }

    /// Lists a unit that was made or changed, or whose place did.
    pub(crate) fn publish(&mut self, row: &impl LevelRow) {
        self.units.push(row.directory_row());
    }

    /// Lists a membership that was made or changed.
    pub(crate) fn publish_membership(&mut self, row: &crate::membership::entity::Model) {
        self.memberships.push(row.directory_row());
    }

    /// Publishes what was listed, records what happened, and commits.
    pub(crate) async fn finish(self) -> Result<(), Refusal> {
        directory::publish(&self.transaction, self.units, self.memberships).await?;
        let recorded = changes::record(&self.transaction, self.happened).await?;
        self.transaction.commit().await?;
        self.grants.forget();
        self.feed.announce(&recorded);
        Ok(())
    }
}

/// Locks networks until the transaction ends.
pub(crate) async fn lock_networks<C: ConnectionTrait>(
    transaction: &C,
    which: impl IntoCondition,
) -> Result<(), DbErr> {
    let locked = network::Entity::find().select_only().column(network::Column::Id).filter(which);
    locked.lock_exclusive().into_tuple::<Uuid>().all(transaction).await?;
    Ok(())
}

fn unless_taken<T>(written: Result<T, DbErr>, taken: impl FnOnce() -> UserError) -> Result<(), Refusal> {
    match written {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(taken().into()),
        Err(error) => Err(error.into()),
    }
}

/// Refuses a code, slug or address that another record has.
pub(crate) fn taken(field: &str, message: impl Into<String>) -> UserError {
    UserError::at(UserErrorCode::Taken, field, message)
}
