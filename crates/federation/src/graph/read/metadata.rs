//! Reading costs.

use std::sync::Arc;

use apollo_compiler::ast::{Directive, DirectiveList, Value};

use super::links::flag;
use super::names::Names;
use crate::graph::{ListSize, Metadata};

/// What an element's directives say of costs.
pub(super) fn read(directives: &DirectiveList, names: &Names) -> Metadata {
    let mut metadata = Metadata::default();
    for directive in &directives.0 {
        let name = directive.name.as_str();
        if name == names.cost {
            metadata.cost = directive.specified_argument_by_name("weight").and_then(|value| value.to_i32());
        } else if name == names.list_size {
            metadata.list_size = Some(Box::new(list_size(directive)));
        }
    }
    metadata
}

fn list_size(directive: &Directive) -> ListSize {
    ListSize {
        assumed: directive.specified_argument_by_name("assumedSize").and_then(|value| value.to_i32()),
        slicing_arguments: directive
            .specified_argument_by_name("slicingArguments")
            .map(|value| strings(value))
            .unwrap_or_default(),
        sized_fields: directive
            .specified_argument_by_name("sizedFields")
            .map(|value| strings(value))
            .unwrap_or_default(),
        require_one_slicing_argument: flag(directive, "requireOneSlicingArgument").unwrap_or(true),
    }
}

fn strings(value: &Value) -> Vec<Arc<str>> {
    match value {
        Value::List(items) => items.iter().filter_map(|item| item.as_str()).map(Arc::from).collect(),
        Value::String(text) => vec![Arc::from(text.as_str())],
        _ => Vec::new(),
    }
}
