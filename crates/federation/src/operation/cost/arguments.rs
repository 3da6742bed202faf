//! What arguments weigh.

use apollo_compiler::ast::Value as Literal;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value};

use super::{Estimator, positive, type_weight};
use crate::graph::Field;
use crate::operation::normal::{Argument, Selection};

impl Estimator<'_> {
    /// The weight of all arguments given.
    pub(super) fn arguments_weight(&self, selection: &Selection, row: &Field) -> u64 {
        let weight = |argument: &Argument| {
            let definition = row.arguments.iter().find(|definition| definition.name == argument.name);
            let Some(definition) = definition else { return 0 };
            let Some(value) = self.json(&argument.value) else { return 0 };
            let ty = definition.ty.trim_matches(['[', ']', '!']);
            self.value_weight(ty, &value, definition.metadata.cost)
        };
        selection.arguments.iter().fold(0, |total: u64, argument| total.saturating_add(weight(argument)))
    }

    /// Values are nested no deeper than the limits of the operation and its variables allow.
    fn value_weight(&self, ty: &str, value: &Value, own: Option<i32>) -> u64 {
        let default = || self.graph.type_id(ty).map_or(0, |id| type_weight(self.graph, id));
        match value {
            Value::Null => 0,
            Value::Array(items) => items
                .iter()
                .fold(0, |total: u64, item| total.saturating_add(self.value_weight(ty, item, own))),
            Value::Object(entries) => {
                let weight = positive(own.unwrap_or_else(default));
                entries.iter().fold(weight, |total, (name, value)| {
                    total.saturating_add(self.input_field_weight(ty, name, value))
                })
            }
            _ => positive(own.unwrap_or_else(default)),
        }
    }

    fn input_field_weight(&self, ty: &str, name: &str, value: &Value) -> u64 {
        // Entries of custom scalars have no definition and no weight.
        let Some(ExtendedType::InputObject(input)) = self.graph.api_schema().types.get(ty) else { return 0 };
        let Some(field) = input.fields.get(name) else { return 0 };
        let own = self.graph.type_id(ty).and_then(|id| self.graph.input_field_cost(id, name));
        self.value_weight(field.ty.inner_named_type(), value, own)
    }

    /// The value with its variables filled in; `None` where a variable has none.
    pub(super) fn json(&self, literal: &Literal) -> Option<Value> {
        Some(match literal {
            Literal::Null => Value::Null,
            Literal::Boolean(value) => Value::Bool(*value),
            Literal::String(text) => Value::from(text.as_str()),
            Literal::Enum(name) => Value::from(name.as_str()),
            Literal::Int(number) => serde_json::from_str(number.as_str()).ok()?,
            Literal::Float(number) => serde_json::from_str(number.as_str()).ok()?,
            Literal::List(items) => Value::Array(items.iter().filter_map(|item| self.json(item)).collect()),
            Literal::Object(entries) => {
                let entry = |(name, value): &(apollo_compiler::Name, apollo_compiler::Node<Literal>)| {
                    Some((name.to_string(), self.json(value)?))
                };
                Value::Object(entries.iter().filter_map(entry).collect::<Map<_, _>>())
            }
            Literal::Variable(name) => {
                self.asked_variables.set(true);
                match self.variables.get(name) {
                    Some(json) => serde_json::from_str(json).ok()?,
                    None => self.default(name)?,
                }
            }
        })
    }

    /// The default of a variable.
    fn default(&self, name: &str) -> Option<Value> {
        let definition = self.operation.variables.iter().find(|definition| &*definition.name == name)?;
        // Numbers and strings are written in GraphQL as in JSON; other defaults do not bound lists.
        serde_json::from_str(definition.default.as_deref()?).ok()
    }
}
