//! What changes for clients between two versions of a graph, and which operations it concerns.

mod change;
mod directives;
mod fields;
mod inputs;
mod types;
mod usage;

pub use change::{Change, ChangeKind, Criticality};
pub use usage::Coordinates;

use self::change::Changes;
use crate::graph::Graph;

/// Every change of the schema clients see, the worst first, then by coordinate.
///
/// Descriptions do not count.
pub fn compare(old: &Graph, new: &Graph) -> Vec<Change> {
    let (old, new) = (old.api_schema(), new.api_schema());
    let mut changes = Changes::default();
    types::compare_roots(old, new, &mut changes);
    types::compare(old, new, &mut changes);
    directives::compare(old, new, &mut changes);
    changes.sorted()
}
