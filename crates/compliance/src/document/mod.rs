//! Documents: evidence that a requirement is met. Their content is elsewhere; here is where.

pub(crate) mod entity;
pub(crate) mod loader;
pub(crate) mod mutation;

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};

/// Evidence that a requirement is met, kept somewhere else.
#[derive(Clone, Debug)]
pub(crate) struct Document(pub(crate) entity::Model);

/// Evidence that a requirement is met, kept somewhere else.
#[Object(name = "ComplianceDocument")]
impl Document {
    /// Identifies the document.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What it is, e.g. "Licence 2024".
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it is.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// The person who added it.
    async fn added_by_id(&self) -> ID {
        self.0.added_by.into()
    }

    /// When it was added.
    async fn uploaded_at(&self) -> DateTime<Utc> {
        self.0.uploaded_at
    }
}
