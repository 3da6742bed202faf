//! Answers to `__schema` and `__type` (GraphQL specification 4.2) from the API schema.

mod cost;

use std::sync::Arc;

use apollo_compiler::collections::{HashMap, HashSet};
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::introspection::{check_max_depth, partial_execute};
use apollo_compiler::response::{JsonMap, JsonValue, serde_json_bytes::serde_json};
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema, executable};

use self::cost::Sizes;
use super::conditions::ConditionMask;
use super::error::{ErrorCode, OperationError};
use super::parse::{Document, Operation};
use super::variables::CoercedVariables;

/// Answers introspection for one API schema.
#[derive(Debug)]
pub struct Introspector {
    schema: Arc<Valid<Schema>>,
    implementers: HashMap<Name, Implementers>,
    sizes: Sizes,
}

/// The answer to one introspection field of a query's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionField {
    /// The response key.
    pub key: Arc<str>,
    /// The value as JSON text.
    pub json: String,
}

impl Introspector {
    /// Prepares the answers for a schema.
    pub fn new(schema: Arc<Valid<Schema>>) -> Self {
        let implementers = schema.implementers_map();
        Self { sizes: Sizes::of(&schema), schema, implementers }
    }

    /// The values of the operation's `__schema` and `__type` fields that `mask` does not leave out; empty if it
    /// has none. Whether the caller may see them is not decided here.
    ///
    /// # Errors
    /// [`ErrorCode::IntrospectionDepth`] and [`ErrorCode::IntrospectionSize`] when the answer may become much larger
    /// than what tools ask, and [`ErrorCode::BadUserInput`] for unusable arguments.
    pub fn answer(
        &self,
        document: &Document,
        operation: &Operation,
        mask: &ConditionMask,
        variables: &CoercedVariables,
    ) -> Result<Vec<IntrospectionField>, Vec<OperationError>> {
        let fields = root_fields(document.executable(), operation, mask);
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let definition = only(&operation.definition, fields);
        let executable = document.executable();
        let sources = &executable.sources;
        check_max_depth(executable, &definition).map_err(|error| {
            let message = "introspection lists are nested too deep, the limit is 2 levels of `fields`, \
                           `interfaces`, `possibleTypes` and `inputFields`";
            vec![OperationError::new(ErrorCode::IntrospectionDepth, message).at(error.location(), sources)]
        })?;
        self.check_size(executable, &definition).map_err(|error| vec![error])?;
        let values = Valid::assume_valid(json_values(variables).map_err(|error| vec![error])?);
        let response = partial_execute(&self.schema, &self.implementers, executable, &definition, &values)
            .map_err(|error| {
                let message = error.message().to_string();
                vec![OperationError::new(ErrorCode::BadUserInput, message).at(error.location(), sources)]
            })?;
        if !response.errors.is_empty() {
            let errors = response.errors.into_iter();
            return Err(errors
                .map(|error| OperationError::new(ErrorCode::BadUserInput, error.message))
                .collect());
        }
        let data = response.data.unwrap_or_default();
        let field = |(key, value): (&_, &JsonValue)| field(key, value);
        data.iter()
            .map(|(key, value)| field((key.as_str(), value)))
            .collect::<Result<_, _>>()
            .map_err(|error| vec![error])
    }
}

impl Introspector {
    fn check_size(
        &self,
        document: &ExecutableDocument,
        operation: &executable::Operation,
    ) -> Result<(), OperationError> {
        let size = self.sizes.estimate(document, &operation.selection_set);
        if size <= self.sizes.most {
            return Ok(());
        }
        let message =
            format!("introspection may answer {size:.0} values, the limit is {:.0}", self.sizes.most);
        let location = operation.selection_set.fields().next().and_then(|field| field.location());
        Err(OperationError::new(ErrorCode::IntrospectionSize, message).at(location, &document.sources))
    }
}

fn field(key: &str, value: &JsonValue) -> Result<IntrospectionField, OperationError> {
    let json = serde_json::to_string(value).map_err(|error| {
        OperationError::new(ErrorCode::Internal, format!("introspection of `{key}`: {error}"))
    })?;
    Ok(IntrospectionField { key: Arc::from(key), json })
}

/// The operation with nothing but the given root fields.
fn only(operation: &executable::Operation, fields: Vec<Node<Field>>) -> executable::Operation {
    let mut reduced = operation.clone();
    let mut set = SelectionSet::new(operation.selection_set.ty.clone());
    set.selections.extend(fields.into_iter().map(Selection::Field));
    reduced.selection_set = set;
    reduced
}

fn root_fields(
    document: &ExecutableDocument,
    operation: &Operation,
    mask: &ConditionMask,
) -> Vec<Node<Field>> {
    let mut fields = Vec::new();
    let mut fragments: HashSet<&Name> = HashSet::default();
    let mut open = vec![operation.definition.selection_set.selections.iter()];
    while let Some(selections) = open.last_mut() {
        let Some(selection) = selections.next() else {
            open.pop();
            continue;
        };
        if operation.conditions().excludes(selection.directives(), mask) {
            continue;
        }
        match selection {
            Selection::Field(field) if matches!(field.name.as_str(), "__schema" | "__type") => {
                fields.push(field.clone());
            }
            Selection::Field(_) => {}
            Selection::InlineFragment(inline) => open.push(inline.selection_set.selections.iter()),
            Selection::FragmentSpread(spread) => {
                if fragments.insert(&spread.fragment_name)
                    && let Some(fragment) = document.fragments.get(&spread.fragment_name)
                {
                    open.push(fragment.selection_set.selections.iter());
                }
            }
        }
    }
    fields
}

fn json_values(variables: &CoercedVariables) -> Result<JsonMap, OperationError> {
    let mut values = JsonMap::new();
    for (name, json) in variables.iter() {
        let value: JsonValue = serde_json::from_str(json).map_err(|error| {
            let message = format!("variable `${name}` cannot be used in introspection: {error}");
            OperationError::new(ErrorCode::BadUserInput, message)
        })?;
        values.insert(name, value);
    }
    Ok(values)
}
