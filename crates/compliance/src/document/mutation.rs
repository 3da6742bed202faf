//! Adding documents.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use subgraph::caller::Caller;
use subgraph::changes::Feed;
use subgraph::database::begin;
use subgraph::error::{Error, Result, UserError};
use subgraph::mutation::{Checks, Refusal, claim, outcome};
use subgraph::service::RequestContext;
use uuid::Uuid;

use super::Document;
use super::entity::{Column, Entity, Model};
use crate::audit::{self, AuditAction, AuditedRecord};
use crate::refusal::{in_force, writable_requirement};
use crate::requirement::Requirement;
use crate::requirement::mutation::read;
use crate::view::{View, ViewContext};

/// The longest name, in characters.
const MAX_NAME: usize = 255;

/// The longest URL, in characters.
const MAX_URL: usize = 2_048;

/// The most documents of a requirement.
const MAX_DOCUMENTS: u64 = 50;

/// A document to add.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AddDocumentInput {
    /// The requirement it is evidence for; at most 50 documents each.
    requirement_id: ID,
    /// What it is; at most 255 characters.
    name: String,
    /// Where it is: an `https` URL of at most 2,048 characters.
    url: String,
}

/// An added document, or why there is none.
#[derive(SimpleObject)]
pub(crate) struct DocumentPayload {
    /// The document; null when `userErrors` says why.
    document: Option<Document>,
    /// The requirement it is evidence for.
    requirement: Option<Requirement>,
    /// Why nothing was added; empty otherwise.
    user_errors: Vec<UserError>,
}

/// Root fields that add documents.
#[derive(Default)]
pub(crate) struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Adds a document to a requirement: a name and where to find it, not the content.
    async fn add_compliance_document(
        &self,
        ctx: &Context<'_>,
        input: AddDocumentInput,
        #[graphql(desc = "Repeating a request with the same key does not add it twice.")]
        idempotency_key: Option<String>,
    ) -> Result<DocumentPayload> {
        let (view, caller, feed) = (ctx.view()?, ctx.caller()?, ctx.feed()?);
        let added = add(view, caller, feed, &input, idempotency_key.as_deref()).await;
        let (added, user_errors) = outcome(added)?;
        let (document, requirement) = added.unzip();
        Ok(DocumentPayload { document: document.map(Document), requirement, user_errors })
    }
}

async fn add(
    view: &View,
    caller: &Caller,
    feed: &Feed,
    input: &AddDocumentInput,
    key: Option<&str>,
) -> Result<(Model, Requirement), Refusal> {
    let transaction = begin(&view.database).await?;
    let requirement =
        writable_requirement(&transaction, caller, &input.requirement_id, "input.requirementId").await?;
    let id = Uuid::now_v7();
    let request = format!("addComplianceDocument {input:?}");
    if let Some(earlier) = claim(&transaction, caller, key, &request, id).await? {
        let document = Entity::find_by_id(earlier).one(&transaction).await?;
        let document = document.ok_or_else(|| Error::internal(format!("document {earlier} is gone")))?;
        return Ok((document, read(&transaction, view, requirement.id).await?));
    }
    in_force(&requirement)?;
    let mut checks = Checks::default();
    let name = checks.text("input.name", &input.name, MAX_NAME);
    let url = checks.text("input.url", &input.url, MAX_URL);
    if !is_https(&url) {
        checks.refuse("input.url", "must be a URL like `https://documents.example/licence.pdf`");
    }
    let number = Entity::find().filter(Column::RequirementId.eq(requirement.id)).count(&transaction).await?;
    if number >= MAX_DOCUMENTS {
        checks
            .refuse("input.requirementId", format!("the requirement has {MAX_DOCUMENTS} documents already"));
    }
    checks.finish()?;
    let document = Model {
        id,
        network_id: requirement.network_id,
        requirement_id: requirement.id,
        added_by: caller.person,
        name,
        url,
        uploaded_at: view.calendar.now,
    };
    document.clone().into_active_model().insert(&transaction).await?;
    let entry = audit::Entry {
        action: AuditAction::AddDocument,
        record: AuditedRecord::Document,
        record_id: document.id,
    };
    let recorded =
        audit::record(&transaction, view, caller, &requirement, entry, None::<&Model>, &document).await?;
    let requirement = read(&transaction, view, requirement.id).await?;
    transaction.commit().await?;
    feed.announce(&recorded);
    Ok((document, requirement))
}

/// Only `https` links are kept: a client shows them to people who click.
fn is_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && url.chars().all(|character| !character.is_whitespace() && !character.is_control())
}
