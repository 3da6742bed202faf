//! What an answer in several payloads did cost, payload by payload, in both formats of incremental delivery.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::base;
use super::measured::{Fields, Weights};
use super::seen::Seen;
use crate::graph::Graph;
use crate::operation::normal::NormalOperation;
use crate::operation::variables::CoercedVariables;

/// Counts what payloads cost, in the order in which they are delivered. Put together they cost what the complete answer
/// does: an object that several of them tell of is counted once. Takes memory in proportion to the number of values.
pub struct Meter {
    weights: Weights,
    seen: Seen,
    /// Where the fragments stand that are announced, by id.
    pending: HashMap<String, Vec<Step>>,
    cost: u64,
}

/// A step of a path (GraphQL specification, section 7.1.2).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Step {
    Key(String),
    Index(usize),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    pending: Vec<Pending>,
    #[serde(borrow, default)]
    incremental: Vec<Part<'a>>,
}

#[derive(Deserialize)]
struct Pending {
    id: String,
    path: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    path: Vec<Step>,
    #[serde(default)]
    sub_path: Vec<Step>,
}

impl Meter {
    /// A meter for the answer to an operation.
    pub fn new(graph: &Graph, operation: &NormalOperation, variables: &CoercedVariables) -> Self {
        Self {
            weights: Weights::of_operation(graph, operation, variables),
            seen: Seen::default(),
            pending: HashMap::new(),
            cost: base(operation),
        }
    }

    /// What was counted so far.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Counts a payload; whether it was one.
    pub fn add(&mut self, payload: &[u8]) -> bool {
        // A list could be read as the members of an object without their names.
        let is_object = payload.trim_ascii_start().starts_with(b"{");
        let Some(Payload { data, pending, incremental }) =
            is_object.then(|| serde_json::from_slice(payload).ok()).flatten()
        else {
            return false;
        };
        self.pending.extend(pending.into_iter().map(|Pending { id, path }| (id, path)));
        let first = data.is_none_or(|data| self.count(&[], data));
        let rest = incremental.into_iter().map(|Part { data, id, path, sub_path }| {
            let base = id.and_then(|id| self.pending.get(&*id).cloned()).unwrap_or(path);
            let path = [base, sub_path].concat();
            data.is_none_or(|data| self.count(&path, data))
        });
        rest.fold(first, |all, one| all && one)
    }

    /// Counts more fields of an object.
    fn count(&mut self, path: &[Step], data: &RawValue) -> bool {
        let Some((weights, seen)) = at(&self.weights, &mut self.seen, path) else { return false };
        let fields = Fields { weights, seen: Some(seen.object(weights.len())) };
        match fields.deserialize(&mut serde_json::Deserializer::from_str(data.get())) {
            Ok(cost) => {
                self.cost = self.cost.saturating_add(cost);
                true
            }
            Err(_) => false,
        }
    }
}

/// The object at a path.
fn at<'a>(
    mut weights: &'a Weights,
    mut seen: &'a mut Seen,
    path: &[Step],
) -> Option<(&'a Weights, &'a mut Seen)> {
    for step in path {
        match step {
            Step::Key(key) => {
                let weight = weights.get(key)?;
                seen = seen.object(weights.len()).get_mut(weight.index)?;
                weights = weight.below.as_ref()?;
            }
            Step::Index(index) => seen = seen.list().get_mut(*index)?,
        }
    }
    Some((weights, seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Document, Limits, Mask, coerce, normalize};

    const SUPERGRAPH: &str = include_str!("../../../tests/compose/smallest_supergraph.graphql");

    #[test]
    fn what_is_no_payload_counts_nothing() {
        let graph = Graph::from_sdl(SUPERGRAPH).unwrap();
        let limits = Limits::default();
        let document = Document::parse(graph.api_schema(), "{ __typename }", &limits).unwrap();
        let operation = document.operation(None).unwrap();
        let variables = coerce(graph.api_schema(), operation, b"", &limits).unwrap();
        let normal = normalize(&graph, &document, operation, &Mask::default(), &limits).unwrap();
        let mut meter = Meter::new(&graph, &normal, &variables);
        for text in
            ["", "[]", "{\"data\": 7}", "{\"incremental\": [{\"data\": {}, \"path\": [\"a\", 4000000000]}]}"]
        {
            assert!(!meter.add(text.as_bytes()), "{text}");
        }
        assert_eq!(meter.cost(), 0);
    }
}
