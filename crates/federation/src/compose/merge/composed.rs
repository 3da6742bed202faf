//! `@composeDirective`: type system directives that subgraphs want to see in the supergraph.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Directive, DirectiveDefinition};
use apollo_compiler::{Name, Node};

use super::metadata::DirectiveSource;
use super::model::{ComposedLink, Graph, Metadata};
use super::{Merger, Place};
use crate::compose::code::Code;
use crate::compose::diagnostic::Diagnostic;
use crate::compose::findings::Findings;
use crate::compose::subgraph::link::{Link, Version};
use crate::compose::subgraph::model::{Applied, Subgraph};
use crate::compose::subgraph::spec::{self, DIRECTIVES, Kind};

/// A directive that one or more subgraphs compose.
#[derive(Clone, Debug)]
struct Composition {
    /// Name in its specification.
    element: String,
    identity: String,
    definition: DirectiveDefinition,
    version: Option<Version>,
    url_name: String,
    prefix: Option<String>,
    /// Subgraphs that compose it.
    graphs: BTreeSet<Graph>,
}

/// Composed directives by their name in the supergraph.
#[derive(Debug, Default)]
pub(super) struct Compositions(BTreeMap<Name, Composition>);

struct Candidate<'a> {
    graph: Graph,
    applied: &'a Applied,
    link: &'a Link,
    element: String,
    definition: &'a Node<DirectiveDefinition>,
}

impl Compositions {
    /// Reads every `@composeDirective` and settles which definition each directive has in the supergraph.
    pub(super) fn read(subgraphs: &[Subgraph], findings: &mut Findings) -> Self {
        let mut by_element: BTreeMap<(String, String), Vec<Candidate<'_>>> = BTreeMap::new();
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            for applied in subgraph.schema_directives.all(Kind::ComposeDirective) {
                match candidate(graph, subgraph, applied) {
                    Ok(found) => {
                        let key = (found.link.identity.clone(), found.element.clone());
                        by_element.entry(key).or_default().push(found);
                    }
                    Err(diagnostic) => findings.push(diagnostic),
                }
            }
        }
        let mut compositions = Self::default();
        for ((identity, element), candidates) in by_element {
            compositions.settle(subgraphs, identity, element, &candidates, findings);
        }
        compositions
    }

    fn settle(
        &mut self,
        subgraphs: &[Subgraph],
        identity: String,
        element: String,
        candidates: &[Candidate<'_>],
        findings: &mut Findings,
    ) {
        let places =
            || candidates.iter().map(|c| subgraphs[c.graph].locate(c.applied.span())).collect::<Vec<_>>();
        let mut report = |message: String| {
            findings.push(Diagnostic::new(Code::DirectiveCompositionError, message).at_all(places()));
        };
        let names: BTreeSet<&Name> = candidates.iter().map(|c| &c.definition.name).collect();
        if names.len() > 1 {
            let names: Vec<String> = names.iter().map(|name| format!("`@{name}`")).collect();
            report(format!("`@{element}` of `{identity}` is composed as {}", super::enumerate(&names)));
            return;
        }
        let majors: BTreeSet<Option<u32>> =
            candidates.iter().map(|c| c.link.version.map(|v| v.major)).collect();
        if majors.len() > 1 {
            report(format!("`@{element}` is composed from different major versions of `{identity}`"));
            return;
        }
        // The first of the subgraphs with the newest version, in the order of their names.
        let Some(newest) = candidates.iter().rev().max_by_key(|c| c.link.version) else { return };
        let name = newest.definition.name.clone();
        if let Some(other) = self.0.get(&name) {
            report(format!("`@{name}` is composed from both `{}` and `{identity}`", other.identity));
            return;
        }
        let composition = Composition {
            element,
            identity: identity.clone(),
            definition: (**newest.definition).clone(),
            version: newest.link.version,
            url_name: newest.link.name.clone(),
            prefix: (newest.link.prefix != newest.link.name).then(|| newest.link.prefix.clone()),
            graphs: candidates.iter().map(|c| c.graph).collect(),
        };
        let older: Vec<_> = candidates.iter().filter(|c| c.link.version != newest.link.version).collect();
        if !older.is_empty() {
            let message = format!("`@{name}` uses the newest of several versions of `{identity}`");
            let places: Vec<_> = older.iter().map(|c| subgraphs[c.graph].locate(c.link.span)).collect();
            findings.push(Diagnostic::new(Code::DirectiveCompositionInfo, message).at_all(places));
        }
        let major = newest.link.version.map(|version| version.major);
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            let other = subgraph.links.links.iter().find(|link| link.identity == identity);
            if let Some(other) = other.filter(|other| other.version.map(|version| version.major) != major)
                && !composition.graphs.contains(&graph)
            {
                let message = format!("`{}` links another major version of `{identity}`", subgraph.name);
                let place = subgraph.locate(other.span);
                findings.push(Diagnostic::new(Code::DirectiveCompositionWarn, message).at(place));
            }
        }
        self.0.insert(name, composition);
    }

    /// Whether a composed directive has an argument of a type.
    pub(super) fn take(&self, type_name: &Name) -> bool {
        let mut arguments = self.0.values().flat_map(|composition| &composition.definition.arguments);
        arguments.any(|argument| argument.ty.inner_named_type() == type_name)
    }

    /// The links the supergraph needs for its composed directives.
    pub(super) fn links(&self) -> Vec<ComposedLink> {
        let mut links: BTreeMap<&str, (Option<Version>, ComposedLink)> = BTreeMap::new();
        for (name, composition) in &self.0 {
            let (version, link) = links.entry(&composition.identity).or_insert_with(|| {
                let prefix = composition.prefix.clone();
                (None, ComposedLink { url: String::new(), prefix, imports: BTreeMap::new() })
            });
            *version = (*version).max(composition.version);
            link.url = match version {
                Some(version) => format!("{}/{version}", composition.identity),
                None => composition.identity.clone(),
            };
            if composition.element != composition.url_name || name.as_str() != composition.url_name {
                link.imports.insert(composition.element.clone(), name.to_string());
            }
        }
        links.into_values().map(|(_, link)| link).collect()
    }
}

fn candidate<'a>(
    graph: Graph,
    subgraph: &'a Subgraph,
    applied: &'a Applied,
) -> Result<Candidate<'a>, Diagnostic> {
    let error = |message: String| {
        Diagnostic::new(Code::DirectiveCompositionError, message).at(subgraph.locate(applied.span()))
    };
    let text = applied.text("name").unwrap_or_default();
    let Some(local) = text.strip_prefix('@') else {
        return Err(error(format!("`name` of `@composeDirective` must start with `@`, but is `{text}`")));
    };
    let kind = subgraph.links.kind(local);
    if kind != Kind::Custom {
        let is_merged = spec::directive_of(kind).is_some_and(|directive| directive.carrier.is_some());
        let (code, message) = match is_merged {
            true => {
                (Code::DirectiveCompositionInfo, format!("`@{local}` is composed without being asked for"))
            }
            false => (Code::DirectiveCompositionError, format!("`@{local}` cannot be composed")),
        };
        return Err(Diagnostic::new(code, message).at(subgraph.locate(applied.span())));
    }
    let Some(definition) = subgraph.directives.get(local) else {
        return Err(error(format!("`@{local}` is composed, but not defined")));
    };
    let Some((link, element)) = subgraph.links.source_of(local) else {
        return Err(error(format!("`@{local}` is composed, but not imported by a `@link`")));
    };
    Ok(Candidate { graph, applied, link, element, definition })
}

impl Merger<'_> {
    /// Unites the applications of composed directives on one element.
    pub(super) fn merge_composed(
        &mut self,
        sources: &[DirectiveSource<'_>],
        place: &Place<'_>,
        metadata: &mut Metadata,
    ) {
        let names: Vec<Name> = self.compositions.0.keys().cloned().collect();
        for name in names {
            let Some(composition) = self.compositions.0.get(&name) else { continue };
            let (graphs, repeatable) = (composition.graphs.clone(), composition.definition.repeatable);
            let applications: Vec<(Graph, &Node<Directive>)> = sources
                .iter()
                .filter(|(graph, _)| graphs.contains(graph))
                .flat_map(|(graph, directives)| {
                    directives.all(Kind::Custom).map(|applied| (*graph, &applied.node))
                })
                .filter(|(_, node)| node.name == name)
                .collect();
            if repeatable {
                let mut seen: Vec<&Node<Directive>> = Vec::new();
                for (_, application) in applications {
                    if !seen.contains(&application) {
                        seen.push(application);
                    }
                }
                metadata.printed.extend(seen.into_iter().cloned());
            } else if let Some(chosen) = self.choose_application(&applications, place) {
                metadata.printed.push(chosen);
            }
        }
    }

    /// Puts the definitions and links of composed directives into the supergraph.
    pub(super) fn define_composed(&mut self) {
        for (name, composition) in &self.compositions.0 {
            let mut definition = composition.definition.clone();
            definition.directives = Default::default();
            self.supergraph.directives.insert(name.clone(), definition);
        }
        self.supergraph.composed = self.compositions.links();
    }
}

/// Specification directives that subgraphs import under another name; it must be the same name everywhere.
pub(super) fn renamed_specifications(
    subgraphs: &[Subgraph],
    findings: &mut Findings,
) -> BTreeMap<&'static str, String> {
    let mut renamed = BTreeMap::new();
    for directive in DIRECTIVES.iter().filter(|directive| directive.carrier.is_some()) {
        let mut names: BTreeMap<&str, Vec<&Subgraph>> = BTreeMap::new();
        for subgraph in subgraphs {
            let Some(local) = subgraph.links.directive_name(directive.kind) else { continue };
            // A name with a prefix means that the directive is not imported, so that nobody chose a name.
            if !local.contains("__") {
                names.entry(local).or_default().push(subgraph);
            }
        }
        if names.len() > 1 {
            let described: Vec<String> =
                names.iter().map(|(name, s)| format!("`@{name}` in `{}`", s[0].name)).collect();
            let message = format!("`@{}` is imported as {}", directive.name, super::enumerate(&described));
            let places: Vec<_> = names
                .values()
                .flatten()
                .filter_map(|s| {
                    Some(s.locate(s.links.links.iter().find(|l| l.imports_directive(directive.name))?.span))
                })
                .collect();
            findings.push(Diagnostic::new(Code::LinkImportNameMismatch, message).at_all(places));
        } else if let Some(name) = names.keys().next()
            && *name != directive.name
        {
            renamed.insert(directive.name, (*name).to_owned());
        }
    }
    renamed
}
