//! Composition: subgraph SDLs in, one supergraph SDL or every error found out.
//!
//! Subgraphs follow federation 2.0 to 2.15, or federation 1 when they have no federation `@link`. The supergraph is
//! written in the join v0.5 dialect, which every router of the Apollo family loads.
//!
//! ```
//! use federation::compose::{SubgraphSdl, compose};
//!
//! let networks = SubgraphSdl {
//!     name: "networks".into(),
//!     url: "http://networks.internal/graphql".into(),
//!     sdl: "type Query { location(id: ID!): Location } type Location @key(fields: \"id\") { id: ID! }".into(),
//! };
//! let composition = compose(&[networks]).expect("a single valid subgraph composes");
//! assert!(composition.supergraph_sdl.contains("join__type(graph: NETWORKS, key: \"id\")"));
//! ```

mod check;
mod code;
mod diagnostic;
mod merge;
mod names;
mod print;
mod satisfy;
mod subgraph;
mod verify;

pub use code::{Code, Severity};
pub use diagnostic::{Diagnostic, Location};

use self::diagnostic::Findings;
use self::merge::model::Supergraph;
use self::subgraph::model::Subgraph;

/// One subgraph to compose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubgraphSdl {
    /// Unique name; appears in diagnostics and, made a valid enum value, in the supergraph.
    pub name: String,
    /// Where the router reaches the subgraph; may be empty when the router is told otherwise.
    pub url: String,
    /// The schema as the subgraph prints it.
    pub sdl: String,
}

/// A successful composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// The supergraph in the join v0.5 dialect.
    pub supergraph_sdl: String,
    /// Oddities that do not stop composition.
    pub hints: Vec<Diagnostic>,
}

/// Composes subgraphs into a supergraph.
///
/// The result does not depend on the order of `subgraphs`. Stages: names, reading, federation 1 upgrade, checks of
/// each subgraph, merge, checks of the merged schema, satisfiability, printing.
///
/// # Errors
/// Every error of the first stage that finds any, sorted by place; later stages would only report its consequences.
pub fn compose(subgraphs: &[SubgraphSdl]) -> Result<Composition, Vec<Diagnostic>> {
    let mut findings = Findings::default();
    let merged = merge(subgraphs, &mut findings)?;
    satisfy::satisfy(&merged, &mut findings);
    findings.end_stage()?;
    Ok(Composition { supergraph_sdl: merged.sdl, hints: findings.into_hints() })
}

/// Everything but the proof that it can be queried.
struct Merged {
    subgraphs: Vec<Subgraph>,
    supergraph: Supergraph,
    sdl: String,
}

fn merge(inputs: &[SubgraphSdl], findings: &mut Findings) -> Result<Merged, Vec<Diagnostic>> {
    let mut subgraphs = read(inputs, findings)?;
    subgraph::upgrade::upgrade(&mut subgraphs, findings);
    findings.end_stage()?;
    for subgraph in &subgraphs {
        check::check(subgraph, findings);
    }
    findings.end_stage()?;
    let supergraph = merge::merge(&subgraphs, findings);
    findings.end_stage()?;
    verify::verify(&supergraph, &subgraphs, findings);
    findings.end_stage()?;
    let sdl = print::print(&supergraph, &subgraphs);
    verify::verify_graphql(&sdl, findings);
    findings.end_stage()?;
    Ok(Merged { subgraphs, supergraph, sdl })
}

fn read(inputs: &[SubgraphSdl], findings: &mut Findings) -> Result<Vec<Subgraph>, Vec<Diagnostic>> {
    let ordered = names::order(inputs, findings);
    let subgraphs: Vec<Subgraph> = ordered
        .into_iter()
        .filter_map(|(input, graph)| subgraph::read::read(input, graph, findings))
        .collect();
    findings.end_stage()?;
    Ok(subgraphs)
}
