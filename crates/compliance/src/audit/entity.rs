//! The table `audit_entries`; rows are only ever added.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entity public")]

use sea_orm::entity::prelude::*;

use super::{AuditAction, AuditedRecord};

/// One change by one person, or one load.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub network_id: Uuid,
    pub unit_id: Uuid,
    /// None of a load.
    pub requirement_id: Option<Uuid>,
    /// None of a load: who loads is nobody the platform knows.
    pub actor_id: Option<Uuid>,
    pub action: AuditAction,
    pub record: AuditedRecord,
    /// The record changed; a requirement, review or document. Acknowledgements have no id of their own: theirs
    /// is the requirement's. A load's is the entry's.
    pub record_id: Uuid,
    /// The record before, as JSON; null when it was made.
    pub before: Option<Json>,
    /// The record after, or what a load was, as JSON.
    pub after: Json,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
