//! The parameters of a stored operation: its variables, with what they expect of a query string.

use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Document, Value as Literal};
use apollo_compiler::schema::ExtendedType;
use federation::operation::normal::VariableDefinition;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::operations::from_query;

/// A variable of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) definition: VariableDefinition,
    /// The default as one would write it in a query string; of a list, its JSON text.
    pub(crate) default: Option<String>,
    /// The values of an enum.
    pub(crate) values: Vec<String>,
    /// The fields of an input object, each with its type.
    pub(crate) fields: Vec<(String, String)>,
    /// What the schema says of its type.
    pub(crate) description: Option<String>,
}

impl Parameter {
    pub(crate) fn new(schema: &Schema, definition: &VariableDefinition) -> Self {
        let named = definition.ty.trim_matches(['[', ']', '!']);
        let ty = schema.types.get(named);
        let (values, fields) = match ty {
            Some(ExtendedType::Enum(ty)) => (ty.values.keys().map(ToString::to_string).collect(), Vec::new()),
            Some(ExtendedType::InputObject(ty)) => {
                let fields = ty.fields.iter().map(|(name, field)| (name.to_string(), field.ty.to_string()));
                (Vec::new(), fields.collect())
            }
            _ => (Vec::new(), Vec::new()),
        };
        let description = ty.filter(|ty| !ty.is_built_in()).and_then(|ty| ty.description());
        Self {
            definition: definition.clone(),
            default: definition.default.as_deref().map(query_text),
            values,
            fields,
            description: description.map(|text| text.trim().to_owned()),
        }
    }

    /// Whether there has to be a value.
    pub(crate) fn is_required(&self) -> bool {
        self.definition.ty.ends_with('!') && self.definition.default.is_none()
    }

    fn is_list(&self) -> bool {
        self.definition.ty.starts_with('[')
    }

    /// What to write, in words.
    pub(crate) fn expected(&self) -> String {
        let named = self.definition.ty.trim_matches(['[', ']', '!']);
        let one = match named {
            "Int" => "a whole number".to_owned(),
            "Float" => "a number".to_owned(),
            "Boolean" => "`true` or `false`".to_owned(),
            "String" | "ID" => "a text".to_owned(),
            _ if !self.values.is_empty() => format!("one of {}", self.values.join(", ")),
            _ if !self.fields.is_empty() => {
                let fields: Vec<String> =
                    self.fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                format!("a JSON object of {{{}}}", fields.join(", "))
            }
            other => format!("a value of the scalar `{other}`"),
        };
        if self.is_list() { format!("{one}, repeated for several") } else { one }
    }
}

/// A GraphQL literal as a query string has it: a JSON value, but for texts and names of enums, which stand for themselves.
fn query_text(literal: &str) -> String {
    let document = format!("query ($value: Any = {literal}) {{ __typename }}");
    let value = Document::parse(document, "default").ok().and_then(|document| {
        let Definition::OperationDefinition(operation) = document.definitions.first()? else { return None };
        operation.variables.first()?.default_value.clone()
    });
    match value.as_ref().map(|value| json(value)) {
        Some(Value::String(text)) => text,
        Some(json) => json.to_string(),
        None => literal.to_owned(),
    }
}

fn json(literal: &Literal) -> Value {
    match literal {
        Literal::Null | Literal::Variable(_) => Value::Null,
        Literal::Enum(name) => Value::from(name.as_str()),
        Literal::String(text) => Value::from(text.as_str()),
        Literal::Boolean(value) => Value::from(*value),
        // A number that JSON cannot hold stays as it is written.
        Literal::Int(int) => serde_json::from_str(int.as_str()).unwrap_or_else(|_| Value::from(int.as_str())),
        Literal::Float(float) => {
            serde_json::from_str(float.as_str()).unwrap_or_else(|_| Value::from(float.as_str()))
        }
        Literal::List(items) => items.iter().map(|item| json(item)).collect(),
        Literal::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.to_string(), json(value))).collect())
        }
    }
}

/// The variables of a query string without the reserved parameters.
pub(super) fn read(
    pairs: Vec<(String, String)>,
    parameters: &[Parameter],
) -> Result<Map<String, Value>, Refusal> {
    let definitions: Vec<VariableDefinition> =
        parameters.iter().map(|parameter| parameter.definition.clone()).collect();
    let bytes = from_query(pairs, &definitions).map_err(|error| {
        let parameter = parameters.iter().find(|parameter| *parameter.definition.name == error.name);
        let hint = parameter.map(|parameter| format!("; expected is {}", parameter.expected()));
        Refusal::Parameter { name: error.name, problem: error.problem + &hint.unwrap_or_default() }
    })?;
    let mut variables: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
    for parameter in parameters {
        let name = &*parameter.definition.name;
        match variables.get(name) {
            None if parameter.is_required() => {
                return Err(Refusal::parameter(
                    name,
                    format!("is missing; expected is {}", parameter.expected()),
                ));
            }
            None => {}
            Some(value) => check_enum(parameter, value)?,
        }
    }
    variables.retain(|_, value| !value.is_null());
    Ok(variables)
}

fn check_enum(parameter: &Parameter, value: &Value) -> Result<(), Refusal> {
    if parameter.values.is_empty() {
        return Ok(());
    }
    let single = std::slice::from_ref(value);
    let given = value.as_array().map_or(single, Vec::as_slice);
    for value in given.iter().filter(|value| !value.is_null()) {
        if !value.as_str().is_some_and(|text| parameter.values.iter().any(|known| known == text)) {
            let problem = format!("has no value {value}; expected is {}", parameter.expected());
            return Err(Refusal::parameter(&parameter.definition.name, problem));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_shown_as_a_query_string_has_them() {
        let cases = [
            ("10", "10"),
            ("0.5", "0.5"),
            ("true", "true"),
            ("null", "null"),
            ("OPEN", "OPEN"),
            (r#""two words""#, "two words"),
            ("[HIGH, CRITICAL]", r#"["HIGH","CRITICAL"]"#),
            ("{preset: LAST_90_DAYS, weeks: 2}", r#"{"preset":"LAST_90_DAYS","weeks":2}"#),
        ];
        for (literal, expected) in cases {
            assert_eq!(query_text(literal), expected, "{literal}");
        }
    }
}
