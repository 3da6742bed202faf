//! What was found so far, and what of it may only follow from an earlier finding.
//!
//! A stage goes on after an error, and so does composition after a stage with errors, so that the author sees all of
//! them at once. What a later stage says of an element that is in doubt is left out, though: it would be a
//! consequence more often than not.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Name;

use super::code::{Code, Severity};
use super::diagnostic::{Diagnostic, sorted};
use super::extents::{Element, Extents};
use super::subgraph::model::Coordinate;

/// Errors and hints of all stages.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    errors: Vec<Diagnostic>,
    hints: Vec<Diagnostic>,
    /// How many of the errors are of stages that have ended.
    settled: usize,
    /// What the errors of ended stages are about.
    pub(crate) doubts: Doubts,
}

/// Elements that errors are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubts {
    pub(crate) types: BTreeSet<Name>,
    /// Fields, input fields and enum values.
    pub(crate) members: BTreeSet<Coordinate>,
    /// In which subgraphs errors are about each of them.
    sources: BTreeMap<Element, BTreeSet<String>>,
    /// Whether a subgraph could not be read: it may hold whatever the others seem to lack.
    pub(crate) is_incomplete: bool,
}

impl Findings {
    /// Files the finding under its severity.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        match diagnostic.severity() {
            Severity::Error => self.errors.push(diagnostic),
            Severity::Hint => self.hints.push(diagnostic),
        }
    }

    /// The number of errors.
    pub(crate) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// The end of a stage that looks at one subgraph after the other.
    pub(crate) fn end_stage(&mut self, extents: &mut Extents<'_>) {
        self.settle(extents, |_| true);
    }

    /// The end of a stage that looks at all subgraphs together.
    pub(crate) fn end_common_stage(&mut self, extents: &mut Extents<'_>) {
        let is_incomplete = self.doubts.is_incomplete;
        self.settle(extents, |code| !is_incomplete || code.is_conflict());
    }

    fn settle(&mut self, extents: &mut Extents<'_>, is_known: impl Fn(Code) -> bool) {
        let found = self.errors.split_off(self.settled);
        let mut about = Vec::new();
        for error in found {
            let places = error.locations.iter();
            let elements: Vec<(Element, String)> = places
                .filter_map(|place| Some((extents.element_at(place)?, place.subgraph.clone())))
                .collect();
            // What some subgraphs contradict each other in does not follow from what is wrong in others.
            let follows = |sources: &BTreeSet<String>| {
                !error.code.is_conflict() || elements.iter().any(|(_, subgraph)| sources.contains(subgraph))
            };
            let in_doubt = elements.iter().any(|(element, _)| self.doubts.concern(element, follows));
            if is_known(error.code) && !in_doubt {
                self.errors.push(error);
                about.extend(elements);
            }
        }
        for (element, subgraph) in about {
            self.doubts.insert(element, subgraph);
        }
        self.settled = self.errors.len();
    }

    /// All errors or all hints, in a stable order.
    pub(crate) fn finish(self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        match self.errors.is_empty() {
            true => Ok(sorted(self.hints)),
            false => Err(self.into_errors()),
        }
    }

    /// The errors of a composition that could not be carried to its end.
    pub(crate) fn into_errors(self) -> Vec<Diagnostic> {
        sorted(self.errors)
    }
}

impl Doubts {
    fn insert(&mut self, element: Element, subgraph: String) {
        match element.clone() {
            (ty, Some(member)) => _ = self.members.insert((ty, member)),
            (ty, None) => _ = self.types.insert(ty),
        }
        self.sources.entry(element).or_default().insert(subgraph);
    }

    /// Whether an element is in doubt: itself, the type it belongs to, or, for a type, any part of it. `follows` says
    /// of the subgraphs where the doubt is from whether it counts.
    fn concern(&self, (ty, member): &Element, follows: impl Fn(&BTreeSet<String>) -> bool) -> bool {
        self.sources.iter().any(|((parent, part), subgraphs)| {
            parent == ty && (part.is_none() || member.is_none() || part == member) && follows(subgraphs)
        })
    }
}
