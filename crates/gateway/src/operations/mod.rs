//! Stored operations: documents that are known before any request, run by their ids.

mod arguments;
mod asked;
mod load;
mod persisted;
pub(crate) mod replicas;
mod served;
mod statistics;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use federation::operation::Fingerprint;
use federation::operation::normal::VariableDefinition;
use federation::plan::query_plan::OperationKind;
use http::HeaderValue;

pub(crate) use self::arguments::from_query;
pub(crate) use self::asked::Asked;
pub(crate) use self::load::{Loading, Rules};
pub use self::load::{OperationProblem, OperationsError};
pub(crate) use self::load::{documents, is_id, problems_of};
pub(crate) use self::persisted::{DocumentHash, PersistedQueries, Unresolved, hash_of, parse_hash};
pub(crate) use self::served::{Problems, Served, check_text};
pub(crate) use self::statistics::{Statistics, Summary};
use crate::config::nearest;
use crate::registry::Registered;
use crate::tables::{Parameter, Tables};

/// All stored operations, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredOperations {
    by_id: BTreeMap<Arc<str>, Arc<StoredOperation>>,
    by_hash: HashMap<DocumentHash, Arc<StoredOperation>>,
}

/// One stored operation.
#[derive(Debug)]
pub(crate) struct StoredOperation {
    /// The name of its file.
    pub(crate) id: Arc<str>,
    /// The comment at the head of its file.
    pub(crate) description: Option<String>,
    pub(crate) kind: OperationKind,
    /// Shared with the engine, which keeps what it made of it.
    pub(crate) text: Arc<str>,
    /// Of the text.
    pub(crate) hash: DocumentHash,
    /// Of what it asks, whatever the values.
    pub(crate) fingerprint: Fingerprint,
    /// Declared variables, in order.
    pub(crate) variables: Vec<VariableDefinition>,
    /// The same, with what the schema says of them.
    pub(crate) parameters: Arc<[Parameter]>,
    /// Its lists as rows and columns.
    pub(crate) tables: Tables,
    /// What the registry says of it, if it is from there.
    pub(crate) registered: Option<Registered>,
    /// The header `deprecation`, if clients should use something else, perhaps from a day to come (RFC 9745).
    pub(crate) deprecation: Option<HeaderValue>,
    pub(crate) statistics: Arc<Statistics>,
}

impl StoredOperations {
    /// The operation of an id.
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<StoredOperation>> {
        self.by_id.get(id)
    }

    /// The operation whose text has this hash.
    pub(crate) fn of_hash(&self, hash: &DocumentHash) -> Option<&Arc<StoredOperation>> {
        self.by_hash.get(hash)
    }

    pub(super) fn insert(&mut self, operation: Arc<StoredOperation>) {
        self.by_hash.insert(operation.hash, operation.clone());
        self.by_id.insert(operation.id.clone(), operation);
    }

    /// The id that was probably meant.
    pub(crate) fn nearest(&self, id: &str) -> Option<&str> {
        nearest(id, self.by_id.keys().map(AsRef::as_ref))
    }

    /// All, by id.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<StoredOperation>> {
        self.by_id.values()
    }
}
