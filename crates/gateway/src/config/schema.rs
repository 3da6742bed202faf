//! The configuration as a JSON schema, made from the structs: for editors, and for the reference page.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Config;

/// What an editor accepts where a number or a name is expected: text with variables of the environment.
const FROM_ENVIRONMENT: &str = r"\$\{env\.";

/// The JSON schema (draft 7, which editors know best) of a configuration file, as text.
#[must_use]
pub fn schema() -> String {
    let mut schema = inlined();
    allow_environment(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), json!("Configuration of a federation gateway"));
    }
    format!("{:#}\n", sorted(schema))
}

/// The schema with everything in its place, without references.
pub(super) fn inlined() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Config>().to_value();
    tidy(&mut schema);
    schema
}

/// Takes out what says nothing: defaults of whole sections and of what may be left out, names of Rust types.
fn tidy(schema: &mut Value) {
    each(schema, &mut |schema| {
        let is_section = schema.contains_key("properties");
        if schema
            .get("default")
            .is_some_and(|default| default.is_null() || (is_section && default.is_object()))
        {
            schema.remove("default");
        }
        for noise in ["format", "minimum", "maximum"] {
            // Sizes of integers, not bounds of the keys.
            schema.remove(noise);
        }
        if let Some(Value::String(description)) = schema.get_mut("description") {
            *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        if schema.get("type").is_some_and(|ty| ty == "integer") {
            schema.insert("minimum".to_owned(), json!(0));
        }
    });
}

/// Lets variables of the environment stand for any value that is no section or list.
fn allow_environment(schema: &mut Value) {
    let from_environment = json!({ "type": "string", "pattern": FROM_ENVIRONMENT });
    each(schema, &mut |schema| {
        let names = |key: &str| {
            schema.get(key).and_then(Value::as_array).is_some_and(|list| list.iter().all(is_name))
        };
        let plain = ["integer", "number", "boolean"].map(Value::from);
        let is_plain = schema.get("type").is_some_and(|ty| plain.contains(ty));
        if schema.contains_key("pattern") || is_plain || schema.contains_key("enum") || names("oneOf") {
            let mut outside = Map::new();
            for key in ["description", "default"] {
                outside.extend(schema.remove(key).map(|value| (key.to_owned(), value)));
            }
            let inside = std::mem::replace(schema, outside);
            schema.insert("anyOf".to_owned(), json!([inside, from_environment]));
        }
    });
}

/// A name that is one of several.
fn is_name(schema: &Value) -> bool {
    schema.get("const").is_some() || schema.get("enum").is_some()
}

/// Every schema inside another one, innermost first.
fn each(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    for (key, value) in members.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|value| each(value, change))
            }
            ("items" | "additionalProperties", value) => each(value, change),
            ("anyOf" | "allOf", Value::Array(list)) => list.iter_mut().for_each(|value| each(value, change)),
            _ => {}
        }
    }
    change(members);
}

/// With keys in order, whatever the build makes of maps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}
