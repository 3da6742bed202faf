//! The table `persons`.

use sea_orm::entity::prelude::*;

/// A row of `persons`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "persons")]
pub(crate) struct Model {
    /// The person; the subject of their tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The network that keeps the record.
    pub network_id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail address in lower case, unique in the network.
    pub email: String,
    /// Telephone, E.164.
    pub phone: Option<String>,
    /// Counts changes, from 1.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it changed last.
    pub updated_at: DateTimeUtc,
}

/// No relations: ids are followed in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
