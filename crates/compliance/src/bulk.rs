//! Bulk entry for demo data and imports: many requirements with their reviews and documents in few statements.
//!
//! Trusted callers in the same process only: no scope is checked. Everything else holds: a requirement's state
//! follows from its reviews by the same rules as when they are recorded one by one.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait};
use subgraph::load::{Kind, Load};
use uuid::Uuid;

use crate::requirement::entity as requirement;
use crate::requirement::penalty::Penalties;
pub use crate::requirement::penalty::PenaltyRow;
use crate::requirement::writing;
use crate::review::rules;
use crate::{Jurisdiction, RequirementType, ReviewOutcome, RiskLevel, document, review};

/// A requirement to insert.
#[derive(Clone, Debug)]
pub struct RequirementRow {
    /// Its id; version 7, so that newer ones sort later.
    pub id: Uuid,
    /// The network the unit belongs to.
    pub network_id: Uuid,
    /// The unit that has to meet it.
    pub unit_id: Uuid,
    /// Whose rule it is.
    pub jurisdiction: Jurisdiction,
    /// What it is about.
    pub requirement_type: RequirementType,
    /// A short name.
    pub name: String,
    /// What has to be done.
    pub description: Option<String>,
    /// How bad it is when it is not met.
    pub risk: RiskLevel,
    /// The last day on which it may be met for the first time.
    pub due_on: Option<NaiveDate>,
    /// What not meeting it may cost.
    pub penalties: Vec<PenaltyRow>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// Its reviews, oldest first.
    pub reviews: Vec<ReviewRow>,
    /// Its documents.
    pub documents: Vec<DocumentRow>,
}

/// A review to insert.
#[derive(Clone, Debug)]
pub struct ReviewRow {
    /// Its id; version 7.
    pub id: Uuid,
    /// Who reviewed.
    pub reviewer_id: Uuid,
    /// What was found.
    pub outcome: ReviewOutcome,
    /// What the reviewer noted.
    pub notes: Option<String>,
    /// The day of the review at the unit.
    pub reviewed_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A document to insert.
#[derive(Clone, Debug)]
pub struct DocumentRow {
    /// Its id; version 7.
    pub id: Uuid,
    /// Who added it.
    pub added_by: Uuid,
    /// What it is.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// When it was added.
    pub uploaded_at: DateTime<Utc>,
}

/// How many requirements there are.
///
/// # Errors
/// When the statement fails.
pub async fn count_requirements<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    requirement::Entity::find().count(connection).await
}

/// Inserts requirements with their reviews and documents, as the last that the load does. Followers are told of
/// each requirement.
///
/// # Errors
/// When a statement fails, e.g. because an id exists; the caller drops the load.
pub async fn insert_requirements(load: &mut Load, rows: Vec<RequirementRow>) -> Result<(), DbErr> {
    load.made(Kind::Requirement, rows.iter().map(|row| row.network_id));
    let (mut requirements, mut reviews, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let (reviews_of, documents_of) = (row.reviews.clone(), row.documents.clone());
        let mut model = model(row);
        for review in reviews_of {
            reviews.push(take_over(&mut model, review));
        }
        documents.extend(documents_of.into_iter().map(|document| document::entity::Model {
            id: document.id,
            network_id: model.network_id,
            requirement_id: model.id,
            added_by: document.added_by,
            name: document.name,
            url: document.url,
            uploaded_at: document.uploaded_at,
        }));
        requirements.push(model);
    }
    // Services find out by themselves.
    writing::load(load.transaction(), requirements, reviews, documents).await.map(drop)
}

/// The row of a requirement before its first review.
fn model(row: RequirementRow) -> requirement::Model {
    requirement::Model {
        id: row.id,
        network_id: row.network_id,
        unit_id: row.unit_id,
        jurisdiction: row.jurisdiction,
        requirement_type: row.requirement_type,
        name: row.name,
        description: row.description,
        risk: row.risk,
        penalties: Penalties(row.penalties),
        due_on: row.due_on,
        next_review_on: None,
        last_reviewed_on: None,
        outcome: ReviewOutcome::Pending,
        lapsed_on: None,
        lapses: 0,
        retired_at: None,
        created_at: row.created_at,
        updated_at: row.created_at,
        version: 1,
    }
}

/// Applies a review to its requirement and makes its row.
fn take_over(requirement: &mut requirement::Model, review: ReviewRow) -> review::entity::Model {
    rules::apply(requirement, review.outcome, review.reviewed_on);
    requirement.updated_at = review.recorded_at;
    requirement.version += 1;
    review::entity::Model {
        id: review.id,
        network_id: requirement.network_id,
        requirement_id: requirement.id,
        reviewer_id: review.reviewer_id,
        outcome: review.outcome,
        notes: review.notes,
        reviewed_on: review.reviewed_on,
        next_review_on: rules::next_review_on(review.outcome, requirement.risk, review.reviewed_on),
        recorded_at: review.recorded_at,
    }
}
