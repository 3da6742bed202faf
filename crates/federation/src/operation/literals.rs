//! Input object field uniqueness (GraphQL specification 5.6.3), which the compiler does not hold.

use apollo_compiler::ast::{Argument, Definition, Directive, Document, Selection, Value};
use apollo_compiler::collections::HashSet;
use apollo_compiler::{Name, Node};

use super::error::{ErrorCode, OperationError};

/// Refuses object values that give a field twice. The document fits the limits, so recursion is bounded.
pub(super) fn check(document: &Document) -> Result<(), Vec<OperationError>> {
    let mut repeated = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                for variable in &operation.variables {
                    variable.default_value.iter().for_each(|value| in_value(value, &mut repeated));
                    in_directives(&variable.directives, &mut repeated);
                }
                in_directives(&operation.directives, &mut repeated);
                in_selections(&operation.selection_set, &mut repeated);
            }
            Definition::FragmentDefinition(fragment) => {
                in_directives(&fragment.directives, &mut repeated);
                in_selections(&fragment.selection_set, &mut repeated);
            }
            _ => {}
        }
    }
    if repeated.is_empty() {
        return Ok(());
    }
    let error = |name: &Name| {
        let message = format!("the field `{name}` is given twice in an object value");
        OperationError::new(ErrorCode::ValidationFailed, message).at(name.location(), &document.sources)
    };
    Err(repeated.into_iter().map(error).collect())
}

fn in_selections<'a>(selections: &'a [Selection], repeated: &mut Vec<&'a Name>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                in_arguments(&field.arguments, repeated);
                in_directives(&field.directives, repeated);
                field.selection_set.iter().for_each(|selections| in_selections(selections, repeated));
            }
            Selection::InlineFragment(inline) => {
                in_directives(&inline.directives, repeated);
                in_selections(&inline.selection_set, repeated);
            }
            Selection::FragmentSpread(spread) => in_directives(&spread.directives, repeated),
        }
    }
}

fn in_directives<'a>(directives: &'a [Node<Directive>], repeated: &mut Vec<&'a Name>) {
    directives.iter().for_each(|directive| in_arguments(&directive.arguments, repeated));
}

fn in_arguments<'a>(arguments: &'a [Node<Argument>], repeated: &mut Vec<&'a Name>) {
    arguments.iter().for_each(|argument| in_value(&argument.value, repeated));
}

fn in_value<'a>(value: &'a Value, repeated: &mut Vec<&'a Name>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| in_value(item, repeated)),
        Value::Object(fields) => {
            let mut seen = HashSet::default();
            for (name, field) in fields {
                if !seen.insert(name) {
                    repeated.push(name);
                }
                in_value(field, repeated);
            }
        }
        _ => {}
    }
}
