//! All subgraphs merged into one supergraph.

mod arguments;
mod composed;
mod enums;
mod executable;
mod external;
mod fields;
mod inherit;
mod inputs;
mod interface_objects;
mod metadata;
pub(crate) mod model;
mod overrides;
mod presence;
mod sharing;
pub(crate) mod type_reference;
mod types;

use std::collections::BTreeMap;
use std::fmt;

use apollo_compiler::Name;
use apollo_compiler::parser::SourceSpan;

use self::composed::Compositions;
use self::enums::TypeUses;
use self::model::{Graph, Supergraph};
use self::overrides::Overrides;
use super::code::Code;
use super::diagnostic::{Diagnostic, Location};
use super::findings::Findings;
use super::subgraph::model::{Directives, Subgraph};

/// Merges the subgraphs, which are sorted by name. The result is only meaningful when no error was found.
pub(crate) fn merge(subgraphs: &[Subgraph], findings: &mut Findings) -> Supergraph {
    let mut merger = Merger::new(subgraphs, findings);
    merger.merge_shells();
    merger.merge_bodies();
    merger.complete_implementations();
    merger.inherit_access();
    merger.merge_executable_directives();
    merger.merge_schema();
    merger.supergraph
}

/// What a subgraph says an element is, and where.
type DescriptionSource<'a> = (Graph, Option<&'a str>, Option<SourceSpan>);

/// The state of merging.
pub(crate) struct Merger<'a> {
    subgraphs: &'a [Subgraph],
    findings: &'a mut Findings,
    supergraph: Supergraph,
    overrides: Overrides,
    compositions: Compositions,
    uses: TypeUses<'a>,
    /// Interfaces that are interface objects somewhere, with the subgraphs where they are.
    interface_objects: BTreeMap<&'a Name, Vec<Graph>>,
}

impl<'a> Merger<'a> {
    fn new(subgraphs: &'a [Subgraph], findings: &'a mut Findings) -> Self {
        let overrides = Overrides::read(subgraphs, findings);
        let compositions = Compositions::read(subgraphs, findings);
        let mut interface_objects: BTreeMap<&Name, Vec<Graph>> = BTreeMap::new();
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            for ty in subgraph.types.values().filter(|ty| ty.is_interface_object()) {
                interface_objects.entry(&ty.name).or_default().push(graph);
            }
        }
        let mut merger = Self {
            subgraphs,
            findings,
            supergraph: Supergraph::default(),
            overrides,
            compositions,
            uses: TypeUses::of(subgraphs),
            interface_objects,
        };
        merger.supergraph.renamed = composed::renamed_specifications(subgraphs, merger.findings);
        merger
    }

    /// Everything about the schema itself.
    fn merge_schema(&mut self) {
        let descriptions: Vec<_> = self
            .subgraphs
            .iter()
            .enumerate()
            .map(|(graph, s)| (graph, s.description.as_deref(), None))
            .collect();
        self.supergraph.description = self.merge_description(&descriptions, &Place::Schema);
        let subgraphs = self.subgraphs;
        let sources: Vec<(Graph, &Directives)> =
            subgraphs.iter().enumerate().map(|(graph, s)| (graph, &s.schema_directives)).collect();
        self.supergraph.metadata = self.merge_metadata(&sources, &Place::Schema);
        self.define_composed();
    }

    fn locate(&self, graph: Graph, span: Option<SourceSpan>) -> Location {
        self.subgraphs[graph].locate(span)
    }

    fn report(
        &mut self,
        code: Code,
        message: impl Into<String>,
        locations: impl IntoIterator<Item = Location>,
    ) {
        self.findings.push(Diagnostic::new(code, message).at_all(locations));
    }

    /// The description most subgraphs use; the first of equals.
    fn merge_description(
        &mut self,
        descriptions: &[DescriptionSource<'_>],
        place: &Place<'_>,
    ) -> Option<String> {
        let mut counted: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (position, (_, text, _)) in descriptions.iter().enumerate() {
            if let Some(text) = text {
                counted.entry(text).or_insert((0, position)).0 += 1;
            }
        }
        if counted.len() > 1 {
            let message = format!("`{place}` has different descriptions; the most common one is used");
            let described = descriptions.iter().filter(|(_, text, _)| text.is_some());
            let places: Vec<_> = described.map(|(graph, _, span)| self.locate(*graph, *span)).collect();
            self.report(Code::InconsistentDescription, message, places);
        }
        let best = counted.into_iter().max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)));
        best.map(|(text, _)| text.to_owned())
    }

    /// "`a`, `b` and `c`" for the names of subgraphs.
    fn names(&self, graphs: impl IntoIterator<Item = Graph>) -> String {
        let names: Vec<String> =
            graphs.into_iter().map(|graph| format!("`{}`", self.subgraphs[graph].name)).collect();
        enumerate(&names)
    }
}

/// "a, b and c".
pub(crate) fn enumerate(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// An element of the schema, in the notation of schema coordinates.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Schema,
    Type(&'a Name),
    /// A field, input field or enum value.
    Member(&'a Name, &'a Name),
    Argument(&'a Name, &'a Name, &'a Name),
    Directive(&'a Name),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Schema => write!(formatter, "schema"),
            Place::Type(ty) => write!(formatter, "{ty}"),
            Place::Member(ty, member) => write!(formatter, "{ty}.{member}"),
            Place::Argument(ty, field, argument) => write!(formatter, "{ty}.{field}({argument}:)"),
            Place::Directive(name) => write!(formatter, "@{name}"),
        }
    }
}
