//! Why a supergraph cannot be read.

/// A fault of a supergraph document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Not a GraphQL schema: one problem, with its place.
    #[error("not a valid GraphQL schema: {0}")]
    Invalid(String),
    /// No link to the join specification: this is not a supergraph.
    #[error(
        "no `@link` to the join specification; a supergraph schema is needed, not a subgraph's: compose first"
    )]
    NotASupergraph,
    /// A join version that is not understood.
    #[error("the join specification {0} is not supported; compose with v0.1 to v0.5")]
    UnsupportedJoin(String),
    /// A feature that must be understood to be safe.
    #[error(
        "the supergraph needs `{url}` for {purpose}, which this engine does not implement; compose without it"
    )]
    UnsupportedFeature {
        /// The feature's identity and version.
        url: String,
        /// `SECURITY` or `EXECUTION`.
        purpose: String,
    },
    /// More subgraphs than sets can hold.
    #[error("{0} subgraphs are more than the supported {max}", max = super::SubgraphSet::MAX)]
    TooManySubgraphs(usize),
    /// Something refers to what does not exist.
    #[error("`{coordinate}` refers to `{name}`, which does not exist")]
    Unknown {
        /// Where.
        coordinate: String,
        /// What.
        name: String,
    },
    /// A directive argument of a wrong form.
    #[error("`{coordinate}`: {problem}")]
    Malformed {
        /// Where.
        coordinate: String,
        /// What is wrong.
        problem: String,
    },
    /// The schema clients see would not be valid: one problem, with its place in the supergraph.
    #[error("the API schema is not valid: {0}")]
    InvalidApi(String),
    /// A contract that shows nothing, or less than what it shows needs.
    #[error("{0}")]
    Contract(String),
}
