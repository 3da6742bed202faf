//! What an operation did cost, by its answer: the weights of the estimate, for as many values as there are.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
    let estimator = Estimator::new(graph, operation, variables, CostOptions::default());
    let root = Weights::of(&estimator, &operation.root);
    let mut json = serde_json::Deserializer::from_slice(response);
    let cost = Members(&root).deserialize(&mut json).ok()?;
    Some(cost.saturating_add(base(operation)))
}

/// What the fields of an object weigh, by response key.
struct Weights(HashMap<Arc<str>, Weight>);

#[derive(Default)]
struct Weight {
    /// Of each value.
    value: u64,
    /// Of the arguments, once however many values there are.
    arguments: u64,
    below: Option<Weights>,
}

impl Weights {
    /// Recursion is bounded by the limits of the operation.
    fn of(estimator: &Estimator<'_>, set: &SelectionSet) -> Self {
        let mut weights = Self(HashMap::with_capacity(set.selections.len()));
        weights.add(estimator, set);
        weights
    }

    fn add(&mut self, estimator: &Estimator<'_>, set: &SelectionSet) {
        for selection in &set.selections {
            let FieldRef::Field(id) = selection.field else { continue };
            let weight = self.0.entry(selection.key.clone()).or_default();
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
}

/// The members of a response.
struct Members<'a>(&'a Weights);

/// The fields of an object.
struct Fields<'a>(&'a Weights);

/// The value or the values of a field.
struct Values<'a>(&'a Weight);

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
                cost = members.next_value_seed(Fields(self.0))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(cost)
    }
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<u64, A::Error> {
        let mut cost: u64 = 0;
        while let Some(key) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.0.0.get(&*key) {
                Some(weight) => {
                    let values = fields.next_value_seed(Values(weight))?;
                    cost = cost.saturating_add(weight.arguments).saturating_add(values);
                }
                None => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(cost)
    }
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_bool<E>(self, _: bool) -> Result<u64, E> {
        Ok(self.0.value)
    }

    fn visit_i64<E>(self, _: i64) -> Result<u64, E> {
        Ok(self.0.value)
    }

    fn visit_u64<E>(self, _: u64) -> Result<u64, E> {
        Ok(self.0.value)
    }

    fn visit_f64<E>(self, _: f64) -> Result<u64, E> {
        Ok(self.0.value)
    }

    fn visit_str<E>(self, _: &str) -> Result<u64, E> {
        Ok(self.0.value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<u64, A::Error> {
        let mut cost: u64 = 0;
        while let Some(item) = items.next_element_seed(Values(self.0))? {
            cost = cost.saturating_add(item);
        }
        Ok(cost)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<u64, A::Error> {
        let below = match &self.0.below {
            Some(below) => Fields(below).visit_map(fields)?,
            // An object of a custom scalar.
            None => {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                0
            }
        };
        Ok(self.0.value.saturating_add(below))
    }
}
