//! The parameters of a stored operation: its variables, with what they expect of a query string.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use federation::operation::normal::VariableDefinition;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::operations::from_query;

/// A variable of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) definition: VariableDefinition,
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
