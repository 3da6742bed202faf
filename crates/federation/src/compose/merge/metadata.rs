//! Directives of one element, merged over the subgraphs that have it.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

use super::model::{Graph, ListSize, Metadata};
use super::{Merger, Place};
use crate::compose::code::Code;
use crate::compose::diagnostic::Location;
use crate::compose::subgraph::model::{Applied, Directives};
use crate::compose::subgraph::spec::Kind;
use crate::graph::{Demands, TooManyAlternatives, all_demands};

/// One element's directives in one subgraph.
pub(crate) type DirectiveSource<'a> = (Graph, &'a Directives);

impl Merger<'_> {
    /// Merges the directives of an element. `place` names it in hints.
    pub(super) fn merge_metadata(&mut self, sources: &[DirectiveSource<'_>], place: &Place<'_>) -> Metadata {
        let all = |kind: Kind| sources.iter().flat_map(move |(_, directives)| directives.all(kind));
        let mut metadata = Metadata {
            is_inaccessible: all(Kind::Inaccessible).next().is_some(),
            tags: all(Kind::Tag).filter_map(|tag| tag.text("name").map(str::to_owned)).collect(),
            is_authenticated: all(Kind::Authenticated).next().is_some(),
            scopes: self.merge_demands(sources, Kind::RequiresScopes, "scopes", place),
            policies: self.merge_demands(sources, Kind::Policy, "policies", place),
            cost: all(Kind::Cost).filter_map(|cost| integer(cost, "weight")).max(),
            list_size: all(Kind::ListSize).map(list_size).reduce(merge_list_sizes),
            contexts: self.contexts(sources),
            printed: Vec::new(),
            carried: carried(sources),
        };
        self.hint_merged_costs(sources, place);
        for kind in [Kind::Deprecated, Kind::SpecifiedBy, Kind::OneOf] {
            if let Some(directive) = self.most_used(sources, kind, place) {
                metadata.printed.push(directive);
            }
        }
        self.merge_composed(sources, place, &mut metadata);
        metadata
    }

    /// What all subgraphs demand together.
    fn merge_demands(
        &mut self,
        sources: &[DirectiveSource<'_>],
        kind: Kind,
        argument: &str,
        place: &Place<'_>,
    ) -> Option<Demands> {
        let applied: Vec<(Graph, &Applied)> = sources
            .iter()
            .flat_map(|(graph, directives)| directives.all(kind).map(|applied| (*graph, applied)))
            .collect();
        let demands =
            applied.iter().filter_map(|(_, applied)| Some(Demands::read(applied.argument(argument)?)));
        all_demands(demands).unwrap_or_else(|error| {
            let places: Vec<_> = applied.iter().map(|(g, applied)| self.locate(*g, applied.span())).collect();
            self.report_alternatives(place, error, places);
            None
        })
    }

    /// Reports demands on an element that together are too many to be written down.
    pub(super) fn report_alternatives(
        &mut self,
        place: &Place<'_>,
        error: TooManyAlternatives,
        places: Vec<Location>,
    ) {
        self.report(
            Code::MaxAccessAlternativesExceeded,
            format!("`{place}` cannot be protected: {error}"),
            places,
        );
    }

    fn contexts(&self, sources: &[DirectiveSource<'_>]) -> BTreeSet<String> {
        let named = |(graph, directives): &DirectiveSource<'_>| {
            let prefix = self.subgraphs[*graph].context_prefix();
            let names = directives.all(Kind::Context).filter_map(|context| context.text("name"));
            names.map(|name| format!("{prefix}__{name}")).collect::<Vec<_>>()
        };
        sources.iter().flat_map(named).collect()
    }

    /// The application most subgraphs agree on; the first of equals.
    fn most_used(
        &mut self,
        sources: &[DirectiveSource<'_>],
        kind: Kind,
        place: &Place<'_>,
    ) -> Option<Node<Directive>> {
        let applications: Vec<(Graph, &Node<Directive>)> =
            sources.iter().filter_map(|(graph, d)| Some((*graph, &d.get(kind)?.node))).collect();
        self.choose_application(&applications, place)
    }

    pub(super) fn choose_application(
        &mut self,
        applications: &[(Graph, &Node<Directive>)],
        place: &Place<'_>,
    ) -> Option<Node<Directive>> {
        let mut counted: Vec<(&Node<Directive>, usize)> = Vec::new();
        for (_, application) in applications {
            match counted.iter_mut().find(|(known, _)| known == application) {
                Some((_, count)) => *count += 1,
                None => counted.push((application, 1)),
            }
        }
        let most = counted.iter().map(|(_, count)| *count).max()?;
        let chosen = counted.iter().find(|(_, count)| *count == most).map(|(node, _)| (*node).clone())?;
        if counted.len() > 1 {
            let message = format!(
                "`@{}` has different arguments on `{place}`; `{}` is used",
                chosen.name,
                chosen.serialize().no_indent()
            );
            let places: Vec<_> =
                applications.iter().map(|(g, node)| self.locate(*g, node.location())).collect();
            self.report(Code::InconsistentNonRepeatableDirectiveArguments, message, places);
        }
        Some(chosen)
    }

    fn hint_merged_costs(&mut self, sources: &[DirectiveSource<'_>], place: &Place<'_>) {
        for kind in [Kind::Cost, Kind::ListSize, Kind::RequiresScopes, Kind::Policy] {
            let applied: Vec<(Graph, &Applied)> =
                sources.iter().filter_map(|(graph, d)| Some((*graph, d.get(kind)?))).collect();
            if let Some(((_, first), rest)) = applied.split_first()
                && rest.iter().any(|(_, other)| other.node != first.node)
            {
                let message =
                    format!("`@{}` has different arguments on `{place}`; they are merged", first.node.name);
                let places: Vec<_> = applied.iter().map(|(g, d)| self.locate(*g, d.span())).collect();
                self.report(Code::MergedNonRepeatableDirectiveArguments, message, places);
            }
        }
    }
}

/// `@cacheTag` describes one subgraph's answers, so that it travels with the subgraph's name.
fn carried(sources: &[DirectiveSource<'_>]) -> Vec<(Node<Directive>, &'static str, Vec<Graph>)> {
    let mut by_text: BTreeMap<String, (Node<Directive>, &'static str, Vec<Graph>)> = BTreeMap::new();
    for (graph, directives) in sources {
        for applied in directives.all(Kind::CacheTag) {
            let text = applied.node.to_string();
            let entry = by_text
                .entry(text)
                .or_insert_with(|| (applied.node.clone(), "federation__cacheTag", Vec::new()));
            if !entry.2.contains(graph) {
                entry.2.push(*graph);
            }
        }
    }
    by_text.into_values().collect()
}

pub(crate) fn integer(applied: &Applied, argument: &str) -> Option<i64> {
    match &**applied.argument(argument)? {
        Value::Int(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

pub(crate) fn texts(applied: &Applied, argument: &str) -> Option<BTreeSet<String>> {
    let items = applied.argument(argument)?.as_list()?;
    Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
}

fn list_size(applied: &Applied) -> ListSize {
    ListSize {
        assumed_size: integer(applied, "assumedSize"),
        slicing_arguments: texts(applied, "slicingArguments"),
        sized_fields: texts(applied, "sizedFields"),
        require_one_slicing_argument: applied.boolean("requireOneSlicingArgument").unwrap_or(true),
    }
}

fn merge_list_sizes(a: ListSize, b: ListSize) -> ListSize {
    let union = |a: Option<BTreeSet<String>>, b: Option<BTreeSet<String>>| match (a, b) {
        (Some(a), Some(b)) => Some(a.union(&b).cloned().collect()),
        (a, b) => a.or(b),
    };
    ListSize {
        assumed_size: a.assumed_size.max(b.assumed_size),
        slicing_arguments: union(a.slicing_arguments, b.slicing_arguments),
        sized_fields: union(a.sized_fields, b.sized_fields),
        require_one_slicing_argument: a.require_one_slicing_argument && b.require_one_slicing_argument,
    }
}
