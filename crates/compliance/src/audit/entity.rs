//! The table `audit_entries`; rows are only ever added.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entity public")]

use sea_orm::entity::prelude::*;

use super::{AuditAction, AuditedRecord};

/// One change by one person.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub network_id: Uuid,
    pub unit_id: Uuid,
    pub requirement_id: Uuid,
    pub actor_id: Uuid,
    pub action: AuditAction,
    pub record: AuditedRecord,
    /// The record changed; a requirement, review or document. Acknowledgements have no id of their own: theirs
    /// is the requirement's.
    pub record_id: Uuid,
    /// The record before, as JSON; null when it was made.
    pub before: Option<Json>,
    /// The record after, as JSON.
    pub after: Json,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
