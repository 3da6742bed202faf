//! The variables that a normal form still uses.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::collections::HashSet;
use apollo_compiler::executable::Operation;

use super::super::normal::{SelectionSet, VariableDefinition};

/// Declared variables that are used, in order of declaration.
pub(super) fn used(
    operation: &Operation,
    directives: &[Node<Directive>],
    root: &SelectionSet,
) -> Vec<VariableDefinition> {
    if operation.variables.is_empty() {
        return Vec::new();
    }
    let names = used_variables(directives, root);
    operation
        .variables
        .iter()
        .filter(|variable| names.contains(variable.name.as_str()))
        .map(|variable| VariableDefinition::of(variable))
        .collect()
}

/// The names of the variables used, without `$`.
pub(in crate::operation) fn used_variables<'a>(
    directives: &'a [Node<Directive>],
    root: &'a SelectionSet,
) -> HashSet<&'a str> {
    let mut names = HashSet::default();
    in_directives(directives, &mut names);
    in_selections(root, &mut names);
    names
}

fn in_selections<'a>(set: &'a SelectionSet, names: &mut HashSet<&'a str>) {
    for selection in &set.selections {
        for argument in &selection.arguments {
            in_value(&argument.value, names);
        }
        in_directives(&selection.directives, names);
        if let Some(set) = &selection.selection_set {
            in_selections(set, names);
        }
    }
}

fn in_directives<'a>(directives: &'a [Node<Directive>], names: &mut HashSet<&'a str>) {
    for argument in directives.iter().flat_map(|directive| &directive.arguments) {
        in_value(&argument.value, names);
    }
}

fn in_value<'a>(value: &'a Value, names: &mut HashSet<&'a str>) {
    match value {
        Value::Variable(name) => {
            names.insert(name);
        }
        Value::List(items) => items.iter().for_each(|item| in_value(item, names)),
        Value::Object(fields) => fields.iter().for_each(|(_, field)| in_value(field, names)),
        _ => {}
    }
}
