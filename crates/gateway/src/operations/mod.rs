//! Stored operations: documents that are known before any request, run by their ids.

mod arguments;
mod load;
mod persisted;

use std::collections::BTreeMap;
use std::sync::Arc;

use federation::operation::normal::VariableDefinition;
use federation::plan::query_plan::OperationKind;

pub(crate) use self::arguments::from_query;
pub(crate) use self::load::Loading;
pub use self::load::{OperationProblem, OperationsError};
pub(crate) use self::load::{documents, problems_of};
pub(crate) use self::persisted::{DocumentHash, PersistedQueries, Unresolved, parse_hash};
use crate::config::nearest;
use crate::tables::{Parameter, Tables};

/// All stored operations, by id.
#[derive(Debug, Default)]
pub(crate) struct StoredOperations {
    by_id: BTreeMap<String, StoredOperation>,
}

/// One stored operation.
#[derive(Debug)]
pub(crate) struct StoredOperation {
    /// The name of its file.
    pub(crate) id: String,
    /// The comment at the head of its file.
    pub(crate) description: Option<String>,
    pub(crate) kind: OperationKind,
    /// Shared with the engine, which keeps what it made of it.
    pub(crate) text: Arc<str>,
    /// Declared variables, in order.
    pub(crate) variables: Vec<VariableDefinition>,
    /// The same, with what the schema says of them.
    pub(crate) parameters: Arc<[Parameter]>,
    /// Its lists as rows and columns.
    pub(crate) tables: Tables,
}

impl StoredOperations {
    /// The operation of an id.
    pub(crate) fn get(&self, id: &str) -> Option<&StoredOperation> {
        self.by_id.get(id)
    }

    /// The id that was probably meant.
    pub(crate) fn nearest(&self, id: &str) -> Option<&str> {
        nearest(id, self.by_id.keys().map(String::as_str))
    }

    /// All, by id.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &StoredOperation> {
        self.by_id.values()
    }
}
