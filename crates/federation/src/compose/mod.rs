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
mod extents;
mod findings;
mod merge;
mod names;
mod print;
mod prune;
mod satisfy;
mod subgraph;
mod verify;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

pub use code::{Code, Severity};
pub use diagnostic::{Diagnostic, Location};

use self::extents::Extents;
use self::findings::Findings;
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
/// Every error of every stage, sorted by place. What a later stage finds wrong with an element that an earlier stage
/// has reported is left out, for it would only be a consequence; and while a subgraph cannot be read at all, nothing
/// is said of what the others lack.
pub fn compose(subgraphs: &[SubgraphSdl]) -> Result<Composition, Vec<Diagnostic>> {
    let mut findings = Findings::default();
    let Some(merged) = merge(subgraphs, &mut findings) else { return Err(findings.into_errors()) };
    satisfy::satisfy(&merged, &mut findings);
    let hints = findings.finish()?;
    Ok(Composition { supergraph_sdl: merged.sdl, hints })
}

/// Everything but the proof that it can be queried.
struct Merged {
    subgraphs: Vec<Subgraph>,
    /// What the SDL is held against.
    #[cfg(test)]
    supergraph: merge::model::Supergraph,
    sdl: String,
    /// The SDL, read.
    schema: Valid<Schema>,
}

/// `None` when what was found leaves nothing that could be queried.
fn merge(inputs: &[SubgraphSdl], findings: &mut Findings) -> Option<Merged> {
    let mut extents = Extents::new(inputs);
    let ordered = names::order(inputs, findings);
    let mut subgraphs = read(ordered, findings);
    findings.end_stage(&mut extents);
    subgraph::upgrade::upgrade(&mut subgraphs, findings);
    findings.end_common_stage(&mut extents);
    for subgraph in &subgraphs {
        check::check(subgraph, findings);
    }
    findings.end_stage(&mut extents);
    let mut supergraph = merge::merge(&subgraphs, findings);
    findings.end_common_stage(&mut extents);
    verify::verify(&supergraph, &subgraphs, findings);
    findings.end_common_stage(&mut extents);
    if findings.errors() == 0 {
        let sdl = print::print(&supergraph, &subgraphs);
        let schema = verify::verify_graphql(&sdl, &subgraphs, findings)?;
        return Some(Merged {
            subgraphs,
            #[cfg(test)]
            supergraph,
            sdl,
            schema,
        });
    }
    if findings.doubts.is_incomplete {
        return None;
    }
    prune::prune(&mut supergraph, &subgraphs, findings.doubts.clone());
    let sdl = print::print(&supergraph, &subgraphs);
    // Without what is in doubt, the rest need not be a schema.
    let schema = Schema::parse_and_validate(&sdl, "supergraph.graphql").ok()?;
    Some(Merged {
        subgraphs,
        #[cfg(test)]
        supergraph,
        sdl,
        schema,
    })
}

/// The subgraphs that can be read; the others make what is known of the graph incomplete.
fn read(ordered: Vec<(&SubgraphSdl, String)>, findings: &mut Findings) -> Vec<Subgraph> {
    let mut subgraphs: Vec<Subgraph> = Vec::new();
    for (input, graph) in ordered {
        let is_taken = subgraphs.last().is_some_and(|last| last.name == input.name);
        match subgraph::read::read(input, graph, findings) {
            Some(subgraph) if !is_taken => subgraphs.push(subgraph),
            _ => findings.doubts.is_incomplete = true,
        }
    }
    subgraphs
}
