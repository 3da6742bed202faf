//! What is registered, and changes to it.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::database::{RegistryError, begin, open};
use super::entity::{ActiveModel, Column, Entity, Model, revision};
use super::{Change, Registered, Registration};

/// The longest owner and description, in bytes.
const MAX_WORDS: usize = 2000;

/// The longest text, in bytes.
const MAX_TEXT: usize = 1024 * 1024;

/// The most operations, with those that are retired.
const MAX_OPERATIONS: u64 = 10_000;

/// A registry, shared by everyone who opens the same database.
#[derive(Clone, Debug)]
pub struct Registry {
    connection: DatabaseConnection,
}

impl From<Model> for Registered {
    fn from(model: Model) -> Self {
        let instant = |microseconds| DateTime::from_timestamp_micros(microseconds).unwrap_or_default();
        Self {
            id: model.id,
            version: model.version,
            owner: model.owner,
            description: model.description,
            deprecated_on: model.deprecated_on,
            registered_at: instant(model.registered_at),
            registered_by: model.registered_by,
            retired_at: model.retired_at.map(instant),
            text: model.text,
        }
    }
}

impl Registry {
    /// Opens a database and brings its tables up to date.
    ///
    /// # Errors
    /// When the URL is not supported or the database does not answer.
    pub async fn open(url: &str) -> Result<Self, RegistryError> {
        Ok(Self { connection: open(url).await? })
    }

    /// Counts up with every change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revision(&self) -> Result<i64, RegistryError> {
        let row = revision::Entity::find_by_id(1).one(&self.connection).await?;
        Ok(row.map_or(0, |row| row.value))
    }

    /// The latest version of each operation, with the revision they are of; retired ones only if wanted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn latest(&self, with_retired: bool) -> Result<(i64, Vec<Registered>), RegistryError> {
        // Read before the rows: what is registered meanwhile is read again.
        let revision = self.revision().await?;
        let newer = Alias::new("newer");
        let newer_version = Query::select()
            .expr(Expr::value(1))
            .from_as(Entity, newer.clone())
            .and_where(Expr::col((newer.clone(), Column::Id)).equals((Entity, Column::Id)))
            .and_where(Expr::col((newer, Column::Version)).gt(Expr::col((Entity, Column::Version))))
            .to_owned();
        let mut latest = Entity::find().filter(Expr::exists(newer_version).not()).order_by_asc(Column::Id);
        if !with_retired {
            latest = latest.filter(Column::RetiredAt.is_null());
        }
        let rows = latest.all(&self.connection).await?;
        Ok((revision, rows.into_iter().map(Registered::from).collect()))
    }

    /// All versions of an operation, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`], or when the database does not answer.
    pub async fn versions(&self, id: &str) -> Result<Vec<Registered>, RegistryError> {
        let rows = Entity::find()
            .filter(Column::Id.eq(id))
            .order_by_desc(Column::Version)
            .all(&self.connection)
            .await?;
        if rows.is_empty() {
            return Err(RegistryError::Unknown(id.to_owned()));
        }
        Ok(rows.into_iter().map(Registered::from).collect())
    }

    /// Registers an operation, or a new version of it.
    ///
    /// # Errors
    /// [`RegistryError::Invalid`], or when the database does not answer.
    pub async fn register(&self, new: Registration, by: &str) -> Result<(Registered, Change), RegistryError> {
        new.check()?;
        let transaction = begin(&self.connection).await?;
        count_up(&transaction).await?;
        let last = Entity::find()
            .filter(Column::Id.eq(&new.id))
            .order_by_desc(Column::Version)
            .one(&transaction)
            .await?;
        if let Some(last) = &last {
            let same = last.retired_at.is_none()
                && (&last.text, &last.owner, &last.description, last.deprecated_on)
                    == (&new.text, &new.owner, &new.description, new.deprecated_on);
            if same {
                transaction.rollback().await?;
                return Ok((last.clone().into(), Change::Nothing));
            }
        }
        if last.is_none() && first_versions(&transaction).await? >= MAX_OPERATIONS {
            return Err(RegistryError::Full(MAX_OPERATIONS));
        }
        let served = last.as_ref().is_some_and(|last| last.retired_at.is_none());
        let change = if served { Change::Replaced } else { Change::Created };
        let row = ActiveModel {
            id: Set(new.id),
            version: Set(last.map_or(0, |last| last.version) + 1),
            owner: Set(new.owner),
            description: Set(new.description),
            deprecated_on: Set(new.deprecated_on),
            registered_at: Set(Utc::now().timestamp_micros()),
            registered_by: Set(by.to_owned()),
            retired_at: Set(None),
            text: Set(new.text),
        };
        let row = row.insert(&transaction).await?;
        transaction.commit().await?;
        Ok((row.into(), change))
    }

    /// Retires an operation; it can be registered again.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`], or when the database does not answer.
    pub async fn retire(&self, id: &str) -> Result<(), RegistryError> {
        let transaction = begin(&self.connection).await?;
        count_up(&transaction).await?;
        let last = Entity::find().filter(Column::Id.eq(id)).order_by_desc(Column::Version).one(&transaction);
        let Some(last) = last.await?.filter(|last| last.retired_at.is_none()) else {
            return Err(RegistryError::Unknown(id.to_owned()));
        };
        let mut row = last.into_active_model();
        row.retired_at = Set(Some(Utc::now().timestamp_micros()));
        row.update(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Counts up the revision, which also makes those who change something come one after another.
async fn count_up(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    revision::Entity::update_many()
        .col_expr(revision::Column::Value, Expr::col(revision::Column::Value).add(1))
        .exec(connection)
        .await?;
    Ok(())
}

/// How many operations there are.
async fn first_versions(connection: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().filter(Column::Version.eq(1)).count(connection).await
}

impl Registration {
    /// What shows without a schema: whether everything is said, and within bounds.
    pub(crate) fn check(&self) -> Result<(), RegistryError> {
        let invalid = |reason| Err(RegistryError::Invalid(reason));
        if !crate::operations::is_id(&self.id) {
            return invalid("an id is letters, digits, `-` and `_`, at most 128");
        }
        if self.owner.trim().is_empty() || self.owner.len() > MAX_WORDS {
            return invalid("an owner is needed: a team or a person who answers for the operation");
        }
        if self.description.as_ref().is_some_and(|text| text.len() > MAX_WORDS) {
            return invalid("the description is longer than 2000 bytes");
        }
        if self.text.len() > MAX_TEXT {
            return invalid("the text is longer than 1 MiB");
        }
        Ok(())
    }
}
