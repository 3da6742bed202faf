//! The audit trail: who changed what, when, from what to what.

pub(crate) mod entity;

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuditAction {
    /// A requirement was entered.
    CreateRequirement,
    /// A requirement was changed.
    UpdateRequirement,
    /// A requirement was declared to no longer apply.
    RetireRequirement,
    /// A review was recorded.
    RecordReview,
    /// A document was added.
    AddDocument,
    /// An alert was acknowledged.
    AcknowledgeAlert,
}

/// What kind of record was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AuditedRecord {
    /// A requirement.
    Requirement,
    /// A review.
    Review,
    /// A document.
    Document,
    /// An acknowledgement of an alert.
    Acknowledgement,
}
