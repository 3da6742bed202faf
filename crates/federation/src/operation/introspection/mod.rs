//! Answers to `__schema` and `__type` (GraphQL specification 4.2) from the API schema.

mod cost;

use std::sync::Arc;

use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{Field, OperationType, Selection, SelectionSet};
use apollo_compiler::introspection::{check_max_depth, partial_execute};
use apollo_compiler::response::{JsonMap, JsonValue, serde_json_bytes::serde_json};
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema, executable};

use self::cost::Sizes;
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

impl Introspector {
    /// Prepares the answers for a schema.
    pub fn new(schema: Arc<Valid<Schema>>) -> Self {
        let implementers = schema.implementers_map();
        Self { sizes: Sizes::of(&schema), schema, implementers }
    }

    /// The values of `__schema` and `__type` fields as JSON text, in the order in which the normal form lists them
    /// ([`NormalOperation::introspection`](super::NormalOperation::introspection)). Whether the caller may see them is
    /// not decided here.
    ///
    /// # Errors
    /// [`ErrorCode::IntrospectionDepth`] and [`ErrorCode::IntrospectionSize`] when the answer may become much larger
    /// than what tools ask, and [`ErrorCode::BadUserInput`] for unusable arguments.
    pub fn answer(
        &self,
        document: &Document,
        operation: &Operation,
        asked: &[Vec<Node<Field>>],
        variables: &CoercedVariables,
    ) -> Result<Vec<String>, Vec<OperationError>> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let definition = self.only(&operation.definition, asked).map_err(|error| vec![error])?;
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
        let value = |number: usize| json(data.get(key(number).as_str()).unwrap_or(&JsonValue::Null));
        (0..asked.len()).map(value).collect::<Result<_, _>>().map_err(|error| vec![error])
    }

    /// A query of nothing but the given fields, wherever they were asked for.
    fn only(
        &self,
        operation: &executable::Operation,
        asked: &[Vec<Node<Field>>],
    ) -> Result<executable::Operation, OperationError> {
        let inconsistent = |problem: &str| OperationError::new(ErrorCode::Internal, problem);
        let query = self.schema.root_operation(OperationType::Query);
        let query = query.ok_or_else(|| inconsistent("the schema has no query root"))?;
        let mut set = SelectionSet::new(query.clone());
        for (number, fields) in asked.iter().enumerate() {
            let key = Name::new(&key(number)).map_err(|_| inconsistent("an unusable response key"))?;
            for field in fields {
                let mut field = field.clone();
                field.make_mut().alias = Some(key.clone());
                set.selections.push(Selection::Field(field));
            }
        }
        let mut reduced = operation.clone();
        reduced.operation_type = OperationType::Query;
        reduced.selection_set = set;
        Ok(reduced)
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

fn json(value: &JsonValue) -> Result<String, OperationError> {
    serde_json::to_string(value).map_err(|error| {
        OperationError::new(ErrorCode::Internal, format!("introspection cannot be written: {error}"))
    })
}

/// The response key under which a field is answered.
fn key(number: usize) -> String {
    format!("_{number}")
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
