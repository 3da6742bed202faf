//! The closed sets a requirement is described with.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// A body of law, which regions are under and requirements come from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Jurisdiction {
    /// Federal law of the United States.
    UsFederal,
    /// Law of a state of the United States.
    UsState,
    /// Federal law of Canada.
    CanadaFederal,
    /// Law of a province or territory of Canada.
    CanadaProvincial,
    /// Law of the European Union.
    EuGeneral,
    /// Law of the United Kingdom.
    Uk,
    /// Law of Australia.
    Australia,
    /// Any other rule: another country, a city, the franchise agreement.
    Custom,
}

/// What a requirement is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RequirementType {
    /// A licence or permit to operate.
    License,
    /// A tax to register for, declare or pay.
    Tax,
    /// Employment law: contracts, hours, wages.
    Labor,
    /// Hygiene and public health.
    Health,
    /// Safety of people and premises.
    Safety,
    /// Protection of personal data.
    DataProtection,
    /// Insurance cover.
    Insurance,
    /// Accessibility for people with disabilities.
    Accessibility,
    /// The environment: waste, chemicals, water.
    Environment,
    /// The franchise agreement: brand standards, disclosure, training.
    FranchiseAgreement,
    /// Anything else.
    Other,
}

/// How bad it is when a requirement is not met, mildest first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Enum,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RiskLevel {
    /// A nuisance.
    Low,
    /// A fine or a complaint.
    Medium,
    /// A serious fine or harm to people.
    High,
    /// The unit may have to close.
    Critical,
}

/// Whether a requirement is met today.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ComplianceStatus {
    /// The latest review found it met, and that review still holds.
    Compliant,
    /// The latest review found it not met.
    NonCompliant,
    /// It was never reviewed, or the latest review could not decide.
    Pending,
    /// The latest review found it met, but the day for the next review has passed.
    Expired,
}
