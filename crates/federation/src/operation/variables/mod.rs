//! The values of a request's variables, checked against their types and kept as JSON text.

mod coerce;
mod input;
mod json;

use std::hash::{Hash, Hasher};
use std::ops::Range;

use apollo_compiler::collections::IndexMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

use self::coerce::Coercer;
use self::input::Input;
use super::error::{ErrorCode, Location, OperationError, VariablePath};
use super::limits::{Limits, within};
use super::parse::Operation;

/// The most errors reported for one request.
const MAX_ERRORS: usize = 20;

/// Coerced variable values (GraphQL specification 6.1.2) as JSON text. Custom scalars are byte for byte what the
/// client sent; variables without value and default are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoercedVariables {
    text: String,
    values: IndexMap<Name, Range<usize>>,
}

impl CoercedVariables {
    /// The JSON text of a variable's value, its name given without `$`; `None` if it has none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|range| &self.text[range.clone()])
    }

    /// Names without `$` and JSON texts, in order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, range)| (name.as_str(), &self.text[range.clone()]))
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.text.capacity() + 64 * self.values.len()
    }
}

impl Hash for CoercedVariables {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Nearly all that makes them equal.
        self.text.hash(state);
    }
}

/// Coerces the variables of a request. `variables` is a JSON object or nothing; entries that the operation does
/// not declare are ignored.
///
/// # Errors
/// All values that do not fit (at most 20), with the place inside the variable.
pub fn coerce(
    schema: &Valid<Schema>,
    operation: &Operation,
    variables: &[u8],
    limits: &Limits,
) -> Result<CoercedVariables, Vec<OperationError>> {
    let definitions = &operation.definition.variables;
    let given = json::variables(variables, limits).map_err(|error| vec![error])?;
    let mut coercer = Coercer::new(schema, limits);
    let mut values = IndexMap::default();
    for definition in definitions {
        let (name, ty) = (&definition.name, &*definition.ty);
        coercer.location = Location::of(definition.location(), &operation.sources);
        let input = match given.get(name.as_str()) {
            Some(raw) => Input::Json(raw),
            None => match &definition.default_value {
                Some(default) => Input::Literal(default),
                None if ty.is_non_null() => {
                    coercer.missing(name, ty);
                    continue;
                }
                None => continue,
            },
        };
        let start = coercer.text.len();
        coercer.variable(name, input, ty);
        values.insert(name.clone(), start..coercer.text.len());
        if coercer.errors.len() >= MAX_ERRORS {
            break;
        }
    }
    let (text, errors) = (coercer.text, coercer.errors);
    if errors.is_empty() { Ok(CoercedVariables { text, values }) } else { Err(errors) }
}

fn invalid(path: VariablePath, location: Option<Location>, problem: &str) -> OperationError {
    let message = format!("variable `{path}` {problem}");
    let mut error = OperationError::new(ErrorCode::BadUserInput, message).in_variable(path);
    error.locations.extend(location);
    error
}
