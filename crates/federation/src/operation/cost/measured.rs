//! What an operation did cost, by its answer: the weights of the estimate, for as many values as there are.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::seen::Seen;
use super::{CostOptions, Estimator, base, positive};
use crate::graph::Graph;
use crate::operation::normal::{FieldRef, NormalOperation, SelectionSet};
use crate::operation::variables::CoercedVariables;

/// What a response (GraphQL specification, section 7.1) did cost: null costs nothing but its arguments. Where objects may
/// be of several types that have the same response key, the dearest counts. `None` when the text is no response.
pub fn measure_answer(
    graph: &Graph,
    operation: &NormalOperation,
    variables: &CoercedVariables,
    response: &[u8],
) -> Option<u64> {
    let weights = Weights::of_operation(graph, operation, variables);
    let mut json = serde_json::Deserializer::from_slice(response);
    let cost = Members(&weights).deserialize(&mut json).ok()?;
    Some(cost.saturating_add(base(operation)))
}

/// What the fields of an object weigh, by response key.
pub(super) struct Weights(HashMap<Arc<str>, Weight>);

/// What a field weighs.
#[derive(Default)]
pub(super) struct Weight {
    /// Its place among the fields of its object.
    pub(super) index: usize,
    /// Of each value.
    value: u64,
    /// Of the arguments, once however many values there are.
    arguments: u64,
    pub(super) below: Option<Weights>,
}

impl Weights {
    /// Those of the root.
    pub(super) fn of_operation(
        graph: &Graph,
        operation: &NormalOperation,
        variables: &CoercedVariables,
    ) -> Self {
        Self::of(&Estimator::new(graph, operation, variables, CostOptions::default()), &operation.root)
    }

    /// Recursion is bounded by the limits of the operation.
    fn of(estimator: &Estimator<'_>, set: &SelectionSet) -> Self {
        let mut weights = Self(HashMap::with_capacity(set.selections.len()));
        weights.add(estimator, set);
        weights
    }

    fn add(&mut self, estimator: &Estimator<'_>, set: &SelectionSet) {
        for selection in &set.selections {
            let FieldRef::Field(id) = selection.field else { continue };
            let index = self.0.len();
            let new = || Weight { index, ..Weight::default() };
            let weight = self.0.entry(selection.key.clone()).or_insert_with(new);
            let arguments = estimator.arguments_weight(selection, estimator.graph.field(id));
            weight.value = weight.value.max(positive(estimator.weight(selection, id)));
            weight.arguments = weight.arguments.max(arguments);
            if let Some(below) = &selection.selection_set {
                match &mut weight.below {
                    Some(weights) => weights.add(estimator, below),
                    empty => *empty = Some(Self::of(estimator, below)),
                }
            }
        }
    }

    /// What a field weighs.
    pub(super) fn get(&self, key: &str) -> Option<&Weight> {
        self.0.get(key)
    }

    /// How many fields there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The members of a response.
struct Members<'a>(&'a Weights);

/// The fields of an object: their cost, as far as they were not seen before.
pub(super) struct Fields<'a, 's> {
    pub(super) weights: &'a Weights,
    /// What was seen of each; `None` if nothing is told twice.
    pub(super) seen: Option<&'s mut [Seen]>,
}

/// The value or the values of a field.
struct Values<'a, 's> {
    weight: &'a Weight,
    seen: Option<&'s mut Seen>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GraphQL response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<u64, A::Error> {
        let mut cost = 0;
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == "data" {
                cost = members.next_value_seed(Fields { weights: self.0, seen: None })?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(cost)
    }
}

impl<'de> DeserializeSeed<'de> for Fields<'_, '_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_, '_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<u64, A::Error> {
        let Self { weights, mut seen } = self;
        let mut cost: u64 = 0;
        while let Some(key) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            match weights.get(&key) {
                Some(weight) => {
                    let seen = seen.as_deref_mut().and_then(|seen| seen.get_mut(weight.index));
                    let is_new = seen.as_deref().is_none_or(Seen::is_nothing);
                    let arguments = if is_new { weight.arguments } else { 0 };
                    let values = fields.next_value_seed(Values { weight, seen })?;
                    cost = cost.saturating_add(arguments).saturating_add(values);
                }
                None => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(cost)
    }
}

impl Values<'_, '_> {
    /// A value that is no object and no list.
    fn leaf<E>(self, cost: u64) -> Result<u64, E> {
        let is_new = self.seen.is_none_or(Seen::note_value);
        Ok(if is_new { cost } else { 0 })
    }
}

impl<'de> DeserializeSeed<'de> for Values<'_, '_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_, '_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        self.leaf(0)
    }

    fn visit_bool<E>(self, _: bool) -> Result<u64, E> {
        let cost = self.weight.value;
        self.leaf(cost)
    }

    fn visit_i64<E>(self, _: i64) -> Result<u64, E> {
        let cost = self.weight.value;
        self.leaf(cost)
    }

    fn visit_u64<E>(self, _: u64) -> Result<u64, E> {
        let cost = self.weight.value;
        self.leaf(cost)
    }

    fn visit_f64<E>(self, _: f64) -> Result<u64, E> {
        let cost = self.weight.value;
        self.leaf(cost)
    }

    fn visit_str<E>(self, _: &str) -> Result<u64, E> {
        let cost = self.weight.value;
        self.leaf(cost)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let Self { weight, seen } = self;
        let mut known = seen.map(Seen::list);
        let mut cost: u64 = 0;
        for index in 0.. {
            let seen = known.as_deref_mut().map(|list| Seen::item(list, index));
            let Some(item) = items.next_element_seed(Values { weight, seen })? else { break };
            cost = cost.saturating_add(item);
        }
        Ok(cost)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<u64, A::Error> {
        let Self { weight, seen } = self;
        let Some(weights) = &weight.below else {
            // An object of a custom scalar.
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Self { weight, seen }.leaf(weight.value);
        };
        let (is_new, seen) = match seen {
            None => (true, None),
            Some(seen) => {
                let is_new = !seen.is_object();
                (is_new, Some(seen.object(weights.len())))
            }
        };
        let below = Fields { weights, seen }.visit_map(fields)?;
        Ok(if is_new { below.saturating_add(weight.value) } else { below })
    }
}
