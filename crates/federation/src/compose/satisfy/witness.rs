//! A query that shows what cannot be answered.

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;

use super::walk::Failure;
use crate::graph::OperationKind;
use crate::graph::{FieldId, Graph, TypeId};

/// Input objects inside input objects are filled this deep.
const MAX_DEPTH: usize = 4;

/// The operation as one line.
pub(super) fn witness(graph: &Graph, failure: &Failure) -> String {
    let mut text = String::new();
    let mut closing = String::new();
    let keyword = match failure.root {
        OperationKind::Query => "",
        OperationKind::Mutation => "mutation ",
        OperationKind::Subscription => "subscription ",
    };
    text.push_str(keyword);
    let mut position = None;
    let steps = failure.path.iter().map(|(object, field)| (graph.object_type(*object), Some(*field)));
    let last = failure.of_interface.unwrap_or_else(|| graph.object_type(failure.object));
    for (declared, field) in steps.chain([(last, failure.field)]) {
        text.push_str("{ ");
        closing.push_str(" }");
        if position.is_some_and(|position| position != declared) {
            text.push_str(&format!("... on {} {{ ", graph.ty(declared).name));
            closing.push_str(" }");
        }
        match field {
            Some(field) => {
                text.push_str(&selection(graph, declared, field));
                text.push(' ');
                position = Some(graph.field(field).ty);
            }
            None => text.push_str("__typename "),
        }
    }
    if failure.field.is_some_and(|field| graph.leaf_type(graph.field(field).ty).is_none()) {
        text.push_str("{ __typename } ");
    }
    format!("{}{closing}", text.trim_end())
}

fn selection(graph: &Graph, parent: TypeId, field: FieldId) -> String {
    let row = graph.field(field);
    let schema = graph.api_schema();
    let definition = schema.type_field(&graph.ty(parent).name, &row.name).ok();
    let arguments: Vec<String> = definition
        .into_iter()
        .flat_map(|definition| &definition.arguments)
        .filter(|argument| argument.is_required())
        .map(|argument| format!("{}: {}", argument.name, example(schema, &argument.ty, MAX_DEPTH)))
        .collect();
    match arguments.is_empty() {
        true => row.name.to_string(),
        false => format!("{}({})", row.name, arguments.join(", ")),
    }
}

/// A value of the type, for the reader's sake.
fn example(schema: &Schema, ty: &Type, depth: usize) -> String {
    if ty.is_list() {
        return format!("[{}]", example(schema, ty.item_type(), depth));
    }
    match ty.inner_named_type().as_str() {
        "Int" => return "1".to_owned(),
        "Float" => return "1.5".to_owned(),
        "Boolean" => return "true".to_owned(),
        _ => {}
    }
    match schema.types.get(ty.inner_named_type()) {
        Some(ExtendedType::Enum(definition)) => {
            definition.values.keys().next().map(ToString::to_string).unwrap_or_default()
        }
        Some(ExtendedType::InputObject(input)) if depth > 0 => {
            let mut given: Vec<_> = input.fields.values().filter(|field| field.is_required()).collect();
            if given.is_empty() && input.is_one_of() {
                given.extend(input.fields.values().next());
            }
            let entries: Vec<String> = given
                .into_iter()
                .map(|field| format!("{}: {}", field.name, example(schema, &field.ty, depth - 1)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        _ => "\"x\"".to_owned(),
    }
}
