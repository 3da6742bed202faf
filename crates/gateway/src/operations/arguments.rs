//! Variables from a query string: text becomes JSON as the operation's types ask for it.
//!
//! `?first=10&ids=a&ids=b&filter={"open":true}`: numbers and truth values are read as such, a repeated name is
//! a list, input objects are JSON. The engine checks the values against the schema afterwards.

use bytes::Bytes;
use federation::operation::normal::VariableDefinition;
use serde_json::{Map, Value};

use crate::config::nearest;

/// Why a variable does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ArgumentError {
    /// The variable.
    pub(crate) name: String,
    /// Completes a sentence that begins with the variable's name.
    pub(crate) problem: String,
}

/// The variables of a query string as a JSON object.
pub(crate) fn from_query(
    pairs: Vec<(String, String)>,
    definitions: &[VariableDefinition],
) -> Result<Bytes, ArgumentError> {
    let mut variables = Map::new();
    for (name, text) in pairs {
        let refused = |problem: String| ArgumentError { name: name.clone(), problem };
        let Some(definition) = definitions.iter().find(|definition| *definition.name == name) else {
            let known = definitions.iter().map(|definition| &*definition.name);
            return Err(refused(match nearest(&name, known) {
                Some(meant) => format!("is not one of this operation; did you mean `{meant}`?"),
                None => "is not one of this operation".to_owned(),
            }));
        };
        let ty = definition.ty.trim_end_matches('!');
        match ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) {
            // A whole list as JSON.
            Some(_) if text.starts_with('[') => {
                let list =
                    serde_json::from_str(&text).map_err(|_| refused("is not valid JSON".to_owned()))?;
                if variables.insert(name.clone(), list).is_some() {
                    return Err(refused("is given as a list and once more".to_owned()));
                }
            }
            Some(item) => {
                let value = value(&text, item.trim_end_matches('!')).map_err(refused)?;
                let list = variables.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                match list {
                    Value::Array(list) => list.push(value),
                    _ => return Err(refused("is given as a list and once more".to_owned())),
                }
            }
            None => {
                let value = value(&text, ty).map_err(refused)?;
                if variables.insert(name.clone(), value).is_some() {
                    return Err(refused("is given twice, but is no list".to_owned()));
                }
            }
        }
    }
    Ok(Value::Object(variables).to_string().into())
}

fn value(text: &str, ty: &str) -> Result<Value, String> {
    match ty {
        "Int" => text.parse::<i64>().map(Value::from).map_err(|_| "must be a whole number".to_owned()),
        "Float" => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::from(number)),
            _ => Err("must be a number".to_owned()),
        },
        "Boolean" => {
            text.parse::<bool>().map(Value::from).map_err(|_| "must be `true` or `false`".to_owned())
        }
        "String" | "ID" => Ok(Value::from(text)),
        // Enums and most scalars are written as strings, input objects as JSON.
        _ if text.starts_with(['{', '[', '"']) => {
            serde_json::from_str(text).map_err(|_| "is not valid JSON".to_owned())
        }
        _ => Ok(Value::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Query = [(&'static str, &'static str)];

    fn read(query: &Query) -> Result<String, ArgumentError> {
        let definition =
            |(name, ty): (&str, &str)| VariableDefinition { name: name.into(), ty: ty.into(), default: None };
        let definitions = [
            ("first", "Int!"),
            ("ratio", "Float"),
            ("open", "Boolean"),
            ("id", "ID!"),
            ("ids", "[ID!]!"),
            ("status", "Status"),
            ("filter", "Filter"),
            ("filters", "[Filter!]"),
        ]
        .map(definition);
        let pairs = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        from_query(pairs, &definitions).map(|json| String::from_utf8(json.to_vec()).unwrap())
    }

    #[test]
    fn text_becomes_what_the_types_ask_for() {
        let cases: [(&Query, &str); 8] = [
            (&[], "{}"),
            (
                &[("first", "10"), ("ratio", "0.5"), ("open", "true")],
                r#"{"first":10,"open":true,"ratio":0.5}"#,
            ),
            (&[("id", "007")], r#"{"id":"007"}"#),
            (&[("ids", "a"), ("ids", "b")], r#"{"ids":["a","b"]}"#),
            (&[("ids", r#"["a"]"#)], r#"{"ids":["a"]}"#),
            (&[("status", "OPEN")], r#"{"status":"OPEN"}"#),
            (&[("filter", r#"{"open":true}"#)], r#"{"filter":{"open":true}}"#),
            (&[("filters", r#"{"open":true}"#)], r#"{"filters":[{"open":true}]}"#),
        ];
        for (query, expected) in cases {
            assert_eq!(read(query).unwrap(), expected, "{query:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let cases: [(&Query, &str, &str); 9] = [
            (&[("first", "ten")], "first", "must be a whole number"),
            (&[("first", "")], "first", "must be a whole number"),
            (&[("ratio", "inf")], "ratio", "must be a number"),
            (&[("open", "yes")], "open", "must be `true` or `false`"),
            (&[("id", "a"), ("id", "b")], "id", "is given twice, but is no list"),
            (&[("ids", "[")], "ids", "is not valid JSON"),
            (&[("ids", "a"), ("ids", "[]")], "ids", "is given as a list and once more"),
            (&[("filter", "{")], "filter", "is not valid JSON"),
            (&[("frist", "1")], "frist", "is not one of this operation; did you mean `first`?"),
        ];
        for (query, name, problem) in cases {
            let expected = ArgumentError { name: name.to_owned(), problem: problem.to_owned() };
            assert_eq!(read(query).unwrap_err(), expected, "{query:?}");
        }
    }
}
