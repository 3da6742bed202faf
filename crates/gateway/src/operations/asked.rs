//! Which document a request means, by its text, its hash, or both.

use std::sync::Arc;

use super::{DocumentHash, PersistedQueries, StoredOperation, StoredOperations, Unresolved, hash_of};

/// The document of a request.
#[derive(Debug)]
pub(crate) enum Asked {
    /// One that is no stored operation, or not known to be.
    Document(Arc<str>),
    /// A stored operation, named by its hash or sent where nothing else runs.
    Stored(Arc<StoredOperation>),
}

impl StoredOperations {
    /// The document of a request that may ask for anything. Text without a hash is not looked for.
    pub(crate) fn any(
        &self,
        persisted: &PersistedQueries,
        text: Option<String>,
        hash: DocumentHash,
    ) -> Result<Asked, Unresolved> {
        match self.of_hash(&hash).filter(|_| text.is_none()) {
            Some(operation) => Ok(Asked::Stored(operation.clone())),
            None => persisted.resolve(hash, text).map(Asked::Document),
        }
    }

    /// The document of a request that may ask for stored operations only.
    pub(crate) fn only(&self, text: Option<&str>, hash: Option<DocumentHash>) -> Result<Asked, Unresolved> {
        let real = text.map(hash_of);
        if let (Some(real), Some(hash)) = (real, hash)
            && real != hash
        {
            return Err(Unresolved::Mismatch);
        }
        let operation = real.or(hash).and_then(|hash| self.of_hash(&hash));
        operation.cloned().map(Asked::Stored).ok_or(Unresolved::NotStored)
    }
}
