//! Which labels of progressive overrides are set for a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::graph::Graph;
use crate::operation::Mask;

/// Which labels of `@override(label:)` are set for a request. By default none is, but for `percent(100)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Overrides {
    /// Labels that are set, besides those that [`Overrides::draw`] sets.
    pub labels: BTreeSet<Arc<str>>,
    /// Where the request stands among all requests, at least 0 and less than 100: a label `percent(n)` is set if n
    /// is more. Equal draws decide equally.
    pub draw: f64,
}

impl Default for Overrides {
    fn default() -> Self {
        Self { labels: BTreeSet::new(), draw: f64::INFINITY }
    }
}

impl Overrides {
    /// A draw that depends on a text only, in every process: the name of the caller, say, so that the same callers
    /// are always among the n percent.
    pub fn of_seed(seed: &str) -> Self {
        let digest = Sha256::digest(seed.as_bytes());
        let number = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        // The upper 53 bits are what a double holds exactly, so the draw stays below 100.
        let draw = (number >> 11) as f64 / (1u64 << 53) as f64 * 100.0;
        Self { labels: BTreeSet::new(), draw }
    }
}

/// How the labels of a graph are decided.
pub(super) struct Labels {
    /// In order of the labels' ids.
    rules: Vec<Rule>,
}

enum Rule {
    /// Set for every request.
    Always,
    /// Set for so many percent of requests.
    Percent(f64, Arc<str>),
    /// Set by name.
    Named(Arc<str>),
}

impl Labels {
    pub(super) fn new(graph: &Graph, always: &[Arc<str>]) -> Self {
        let rule = |label: &Arc<str>| match percent(label) {
            _ if always.contains(label) => Rule::Always,
            Some(percent) if percent >= 100.0 => Rule::Always,
            Some(percent) => Rule::Percent(percent, label.clone()),
            None => Rule::Named(label.clone()),
        };
        Self { rules: graph.labels().iter().map(rule).collect() }
    }

    /// Whether each label is set, in order of ids.
    pub(super) fn decide(&self, overrides: &Overrides) -> Mask {
        let is_set = |rule: &Rule| match rule {
            Rule::Always => true,
            Rule::Percent(percent, label) => overrides.draw < *percent || overrides.labels.contains(label),
            Rule::Named(label) => overrides.labels.contains(label),
        };
        self.rules.iter().map(is_set).collect()
    }
}

/// The number of `percent(n)`.
fn percent(label: &str) -> Option<f64> {
    label.strip_prefix("percent(")?.strip_suffix(')')?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_spread_evenly_and_stay_in_range() {
        let draws: Vec<f64> = (0..10_000).map(|seed| Overrides::of_seed(&seed.to_string()).draw).collect();
        assert!(draws.iter().all(|draw| (0.0..100.0).contains(draw)));
        let below = |percent: f64| draws.iter().filter(|draw| **draw < percent).count();
        assert!((900..1100).contains(&below(10.0)), "{} of 10000 below 10 percent", below(10.0));
        assert_eq!(Overrides::of_seed("person-7"), Overrides::of_seed("person-7"));
    }

    #[test]
    fn percentages_are_read() {
        assert_eq!(percent("percent(0.5)"), Some(0.5));
        assert_eq!(percent("percent()"), None);
        assert_eq!(percent("beta"), None);
    }
}
