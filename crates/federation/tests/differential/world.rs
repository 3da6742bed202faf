//! Data: every value follows from its object, its field and the arguments, so nothing is stored.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value as Json, json};

use super::dice::hash;
use super::model::{Field, Kind, Model, Ref};

/// How many objects there are of each entity.
pub(super) const ENTITIES: u64 = 4;

/// An object: of an entity, numbered; of another type, told apart by where it was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Object {
    pub(super) ty: String,
    pub(super) id: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Leaf(Json),
    List(Vec<Value>),
    Object(Object),
    Failure,
}

pub(super) struct World {
    seed: u64,
    /// Changed by every mutation.
    state: AtomicU64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, state: AtomicU64::new(0) }
    }

    pub(super) fn reset(&self) {
        self.state.store(0, Ordering::Relaxed);
    }

    /// The value of a field; `arguments` with defaults.
    pub(super) fn value(&self, model: &Model, object: &Object, name: &str, arguments: &Json) -> Value {
        let arguments = sorted(arguments).to_string();
        let Some(field) = model.types.get(&object.ty).and_then(|ty| ty.fields.get(name)) else {
            return Value::Null;
        };
        if object.ty == "Mutation" {
            let state = hash((self.state.load(Ordering::Relaxed), name, &arguments));
            self.state.store(state, Ordering::Relaxed);
        }
        let mut number = hash((self.seed, &object.ty, object.id, name, &arguments));
        if field.stateful || object.ty == "Mutation" {
            number = hash((number, self.state.load(Ordering::Relaxed)));
        }
        if field.fails && number.is_multiple_of(3) {
            return if field.ty.is_non_null() && number.is_multiple_of(2) {
                Value::Null
            } else {
                Value::Failure
            };
        }
        let ty = if field.never_null || field.unique { field.ty.required() } else { field.ty.clone() };
        let types = model.runtime_types(name, field);
        let source = Source { model, field, types: &types, object };
        source.value(&ty, number)
    }
}

/// The same with the entries of objects in order, which says nothing.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(entries) => {
            let mut entries: Vec<(String, Json)> =
                entries.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        leaf => leaf.clone(),
    }
}

/// What a value is made from.
struct Source<'a> {
    model: &'a Model,
    field: &'a Field,
    types: &'a [&'a str],
    object: &'a Object,
}

impl Source<'_> {
    fn value(&self, ty: &Ref, number: u64) -> Value {
        if !ty.is_non_null() && hash((number, "null")).is_multiple_of(8) && !self.field.unique {
            return Value::Null;
        }
        match ty {
            Ref::List { item, .. } => {
                let length = if self.field.unique { 2 } else { hash((number, "length")) % 4 };
                Value::List((0..length).map(|index| self.value(item, hash((number, index)))).collect())
            }
            Ref::Named { name, .. } if self.model.is_composite(name) => self.composite(number),
            Ref::Named { name, .. } => Value::Leaf(self.leaf(name, number)),
        }
    }

    fn composite(&self, number: u64) -> Value {
        if self.types.is_empty() {
            return Value::Null;
        }
        let ty = self.types[(hash((number, "type")) % self.types.len() as u64) as usize];
        let id = match () {
            () if ty == "Query" => 0,
            // Keys tell objects apart.
            () if self.field.unique && self.model.is_entity(ty) => self.object.id,
            () if self.model.is_entity(ty) => hash((number, "entity")) % ENTITIES,
            () => number,
        };
        Value::Object(Object { ty: ty.to_owned(), id })
    }

    fn leaf(&self, name: &str, number: u64) -> Json {
        if self.field.unique {
            let id = self.object.id;
            return match name {
                "Int" => json!(id % 1_000_000 + 5),
                "ID" if self.object.ty.ends_with('1') => json!(id.to_string()),
                _ => json!(format!("{}\"{id}\"", self.object.ty)),
            };
        }
        match name {
            "Int" => json!((number % 2001) as i64 - 1000),
            "Float" => json!((number % 4001) as f64 / 4.0 - 500.0),
            "Boolean" => json!(number.is_multiple_of(2)),
            "Json" => match number % 6 {
                0 => json!({"b": [1, null, {"c": "\u{e9}"}], "a": number}),
                1 => json!([[], {}, "x"]),
                2 => json!(1.5),
                3 => json!(false),
                4 => json!(u64::MAX),
                _ => json!("text"),
            },
            _ => match self.model.types.get(name) {
                Some(ty) if ty.kind == Kind::Enum => {
                    json!(ty.members[(number % ty.members.len() as u64) as usize])
                }
                _ => match number % 5 {
                    0 => json!(format!("line\n\"{}\" \\ \u{1F600}", number % 100)),
                    1 => json!(""),
                    _ => json!(format!("s{}", number % 1000)),
                },
            },
        }
    }
}
