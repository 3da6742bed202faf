//! The table `requirement_documents`.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entity public")]

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A document as stored: its content is elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "requirement_documents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub network_id: Uuid,
    pub requirement_id: Uuid,
    pub added_by: Uuid,
    pub name: String,
    pub url: String,
    pub uploaded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
