//! The text of one subgraph and the places in it.

use apollo_compiler::parser::{LineColumn, SourceMap, SourceSpan};

use crate::compose::diagnostic::Location;

/// Where the nodes of one subgraph come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    subgraph: String,
    sources: SourceMap,
}

impl Source {
    pub(crate) fn new(subgraph: &str, sources: SourceMap) -> Self {
        Self { subgraph: subgraph.to_owned(), sources }
    }

    /// The place of a node; the subgraph as a whole for nodes that composition added.
    pub(crate) fn locate(&self, span: Option<SourceSpan>) -> Location {
        self.at(span.and_then(|span| span.line_column(&self.sources)))
    }

    /// A known position, or the subgraph as a whole.
    pub(crate) fn at(&self, position: Option<LineColumn>) -> Location {
        let (line, column) = position.map_or((0, 0), |position| (position.line, position.column));
        Location { subgraph: self.subgraph.clone(), line, column }
    }
}
