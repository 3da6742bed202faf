//! The documents a gateway knows: stored operations of its folder and its registry, and persisted queries.

use std::path::Path;
use std::sync::Arc;

use federation::operation::Document;

use super::{Gateway, StartError};
use crate::http::Rejection;
use crate::operations::{
    Asked, DocumentHash, Loading, Problems, StoredOperation, StoredOperations, Unresolved, check_text,
    replicas,
};
use crate::registry::{Registration, RegistryError};
use crate::views::View;

impl Gateway {
    pub(super) fn loading(&self) -> Loading<'_> {
        Loading::new(self.engine.graph(), &self.rules, None)
    }

    /// Serves what the registry has now; nothing to do without one.
    ///
    /// # Errors
    /// When the database does not answer; what was served before still is.
    pub(crate) async fn catch_up(&self) -> Result<(), RegistryError> {
        let Some(followed) = &self.registry else { return Ok(()) };
        followed.catch_up(|registered| self.operations.replace(registered, &self.loading())).await
    }

    /// Serves what is in the folder of stored operations now.
    ///
    /// # Errors
    /// All problems of all files; what was served before still is.
    pub(crate) fn replace_folder(&self, folder: &Path) -> Result<(), StartError> {
        let before = self.operations();
        let loading = self.loading();
        let loaded = StoredOperations::load(folder, &loading.after(&before))?;
        self.operations.replace_folder(loaded, &loading);
        Ok(())
    }

    /// The stored operations as they are now.
    pub(crate) fn operations(&self) -> Arc<StoredOperations> {
        self.operations.now()
    }

    /// The stored operation of an id.
    pub(crate) fn stored(&self, id: &str) -> Result<Arc<StoredOperation>, Rejection> {
        let operations = self.operations();
        let unknown = || Rejection::UnknownOperation(operations.nearest(id).map(str::to_owned));
        operations.get(id).cloned().ok_or_else(unknown)
    }

    /// Registered operations that are not served, with the reason.
    pub(crate) fn registry_problems(&self) -> Arc<Problems> {
        self.operations.problems()
    }

    /// Whether an operation may be registered.
    pub(crate) fn check_registration(&self, new: &Registration) -> Result<(), Rejection> {
        if self.operations.of_folder(&new.id) {
            return Err(Rejection::OperationExists);
        }
        match check_text(&new.id, new.text.clone(), &self.loading()) {
            Ok(_) => Ok(()),
            Err(found) => Err(Rejection::InvalidOperation(found.iter().map(ToString::to_string).collect())),
        }
    }

    /// The document that a request means by its text, its hash, or both.
    pub(crate) fn document(
        &self,
        text: Option<String>,
        hash: Option<DocumentHash>,
    ) -> Result<Asked, Rejection> {
        let found = match (text, hash) {
            (None, None) => return Err(Rejection::MissingQuery),
            (text, hash) if self.only_stored => self.operations().only(text.as_deref(), hash),
            (text, Some(hash)) => self.operations().any(&self.persisted, text, hash),
            (Some(text), None) => Ok(Asked::Document(text.into())),
        };
        found.map_err(Rejection::Persisted)
    }

    /// As [`Self::document`]; a hash that no client has sent a document for here may be known to other gateways.
    pub(crate) async fn document_of_any(
        &self,
        text: Option<String>,
        hash: Option<DocumentHash>,
    ) -> Result<Asked, Rejection> {
        let here = self.document(text, hash);
        let (Err(Rejection::Persisted(Unresolved::NotFound)), Some(hash), Some(store)) =
            (&here, hash, self.shared.store.get())
        else {
            return here;
        };
        match replicas::ask(store, &self.persisted_config, &hash).await {
            Some(text) => Ok(Asked::Document(text)),
            None => here,
        }
    }

    /// Keeps a document that can be run, here and for other gateways.
    pub(crate) fn keep_document(&self, hash: DocumentHash, text: &Arc<str>) {
        if self.persisted.keep(hash, text) {
            replicas::tell(&self.shared, &self.persisted_config, hash, text);
        }
    }

    /// Whether a stored operation asks only for what a view has, so that it may be described.
    pub(crate) fn describes(&self, operation: &StoredOperation, view: &View) -> bool {
        let engine = &view.engine;
        Arc::ptr_eq(engine, &self.engine)
            || Document::parse(engine.graph().api_schema(), &operation.text, &self.limits).is_ok()
    }
}
