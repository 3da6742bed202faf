//! The data of a case.
//!
//! `Query` and `Mutation` are root objects, `events` the root objects of a subscription's events (`$broken` instead
//! of a value ends the stream), `objects` are all others by a name of the test's own. In objects:
//! `{"$ref": "NAME"}` is an object of that name (or a root), `{"$error": "MESSAGE"}` fails.
//! An object with `"@absent": ["SUBGRAPH"]` is not found there as an entity. A field's value is under
//! `field({"arg":1})` for certain arguments, under `field@SUBGRAPH` for a certain subgraph, else under
//! `field`.

use serde_json::{Map, Value};

#[derive(Clone)]
pub(super) struct Data {
    root: Map<String, Value>,
    objects: Map<String, Value>,
    events: Vec<Map<String, Value>>,
}

impl Data {
    pub(super) fn parse(text: &str) -> Self {
        let mut root: Map<String, Value> = serde_json::from_str(text).expect("data is a JSON object");
        let objects = match root.remove("objects") {
            Some(Value::Object(objects)) => objects,
            _ => Map::new(),
        };
        let events =
            root.remove("events").map(|events| serde_json::from_value(events).expect("a list of objects"));
        Self { root, objects, events: events.unwrap_or_default() }
    }

    pub(super) fn root<'a>(&'a self, name: &str) -> &'a Map<String, Value> {
        self.root.get(name).and_then(Value::as_object).unwrap_or_else(|| panic!("no root object `{name}`"))
    }

    pub(super) fn events(&self) -> &[Map<String, Value>] {
        &self.events
    }

    /// Follows a reference.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(name) => self
                .objects
                .get(name)
                .or_else(|| self.root.get(name))
                .unwrap_or_else(|| panic!("no object `{name}`")),
            None => value,
        }
    }

    /// The object a representation describes; `types` are the names its type may have.
    pub(super) fn entity(
        &self,
        types: &[String],
        subgraph: &str,
        representation: &Map<String, Value>,
    ) -> Option<&Map<String, Value>> {
        self.objects.values().filter_map(Value::as_object).find(|object| {
            let absent = object.get("@absent").and_then(Value::as_array).into_iter().flatten();
            if absent.into_iter().any(|name| name == subgraph) {
                return false;
            }
            let ty = object.get("__typename").and_then(Value::as_str);
            ty.is_some_and(|ty| types.iter().any(|known| known == ty))
                && self.matches_fields(representation, object, subgraph)
        })
    }

    fn matches_fields(
        &self,
        described: &Map<String, Value>,
        object: &Map<String, Value>,
        subgraph: &str,
    ) -> bool {
        described.iter().filter(|(name, _)| *name != "__typename").all(|(name, value)| {
            // What a subgraph has of its own it got from no other.
            let found = field(object, name, "", subgraph).unwrap_or(&Value::Null);
            let plain = object.get(name).unwrap_or(&Value::Null);
            self.matches(value, found, subgraph)
                || self.matches(value, plain, subgraph)
                || object.iter().any(|(key, value)| {
                    key.starts_with(&format!("{name}(")) && self.matches(&described[name], value, subgraph)
                })
        })
    }

    fn matches(&self, described: &Value, found: &Value, subgraph: &str) -> bool {
        match (described, self.resolve(found)) {
            (Value::Object(described), Value::Object(object)) => {
                self.matches_fields(described, object, subgraph)
            }
            (Value::Array(described), Value::Array(items)) => {
                described.len() == items.len()
                    && described.iter().zip(items).all(|(a, b)| self.matches(a, b, subgraph))
            }
            (described, found) => described == found,
        }
    }
}

/// The value of a field; `arguments` as JSON text, empty or `{}` for none.
pub(super) fn field<'a>(
    object: &'a Map<String, Value>,
    name: &str,
    arguments: &str,
    subgraph: &str,
) -> Option<&'a Value> {
    let with_arguments = object.get(&format!("{name}({arguments})"));
    with_arguments.or_else(|| object.get(&format!("{name}@{subgraph}"))).or_else(|| object.get(name))
}
