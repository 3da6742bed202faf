//! Field sets: the selections in `@key`, `@requires`, `@provides` and `@fromContext`.

use apollo_compiler::ast::{Definition, Document, Field, Selection};
use apollo_compiler::{Name, Node};

use super::model::{Coordinate, FieldDef, Subgraph, TypeDef, TypeKind};
use crate::syntax;

/// Parses a field set. The error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Selection>, String> {
    let text = text.trim();
    // Most keys are one field; a parser is not needed to see that.
    if let Ok(name) = Name::new(text) {
        let (alias, arguments, directives) = (None, Vec::new(), Default::default());
        let field = Field { alias, name, arguments, directives, selection_set: None };
        return Ok(vec![Selection::Field(Node::new(field))]);
    }
    // Braces around the whole set are optional: `{ id }` and `id` mean the same.
    let wrapped = if text.starts_with('{') { text.to_owned() } else { format!("{{ {text} }}") };
    let document = Document::parse(wrapped, "fields.graphql").map_err(|failure| {
        let first = failure.errors.iter().next().map(|error| syntax::problem(&error));
        first.unwrap_or_else(|| "not a selection of fields".to_owned())
    })?;
    match document.definitions.as_slice() {
        [Definition::OperationDefinition(operation)] if !operation.selection_set.is_empty() => {
            Ok(operation.selection_set.clone())
        }
        _ => Err("not a selection of fields".to_owned()),
    }
}

/// The field set as one line with single spaces.
pub(crate) fn canonical(text: &str) -> String {
    match parse(text) {
        Ok(selections) => print(&selections),
        Err(_) => text.to_owned(),
    }
}

/// Selections as one line with single spaces.
pub(crate) fn print(selections: &[Selection]) -> String {
    let mut out = String::new();
    for selection in selections {
        if !out.is_empty() {
            out.push(' ');
        }
        let children: &[Selection] = match selection {
            Selection::Field(field) => {
                if let Some(alias) = &field.alias {
                    out.push_str(&format!("{alias}: "));
                }
                out.push_str(&field.name);
                if !field.arguments.is_empty() {
                    let arguments: Vec<_> = field
                        .arguments
                        .iter()
                        .map(|a| format!("{}: {}", a.name, a.value.serialize().no_indent()))
                        .collect();
                    out.push_str(&format!("({})", arguments.join(", ")));
                }
                field.selection_set.as_deref().unwrap_or_default()
            }
            Selection::InlineFragment(fragment) => {
                out.push_str("...");
                if let Some(condition) = &fragment.type_condition {
                    out.push_str(&format!(" on {condition}"));
                }
                &fragment.selection_set
            }
            Selection::FragmentSpread(spread) => {
                out.push_str(&format!("...{}", spread.fragment_name));
                &[]
            }
        };
        if !children.is_empty() {
            out.push_str(&format!(" {{ {} }}", print(children)));
        }
    }
    out
}

/// One field that a field set selects, found in a subgraph.
pub(crate) struct Selected<'a> {
    pub(crate) parent: &'a TypeDef,
    pub(crate) field: &'a FieldDef,
}

impl Selected<'_> {
    pub(crate) fn coordinate(&self) -> Coordinate {
        (self.parent.name.clone(), self.field.name.clone())
    }
}

/// Every field a field set selects in a subgraph, outer fields first. What does not exist is left out: the checks
/// on field sets report it. With `through_interfaces`, a field of an interface stands for the same field of its
/// implementations as well.
pub(crate) fn selected<'a>(
    subgraph: &'a Subgraph,
    parent: &str,
    text: &str,
    through_interfaces: bool,
) -> Vec<Selected<'a>> {
    let mut out = Vec::new();
    if let (Ok(selections), Some(parent)) = (parse(text), subgraph.types.get(parent)) {
        collect(subgraph, parent, &selections, through_interfaces, &mut out);
    }
    out
}

fn collect<'a>(
    subgraph: &'a Subgraph,
    parent: &'a TypeDef,
    selections: &[Selection],
    through_interfaces: bool,
    out: &mut Vec<Selected<'a>>,
) {
    for selection in selections {
        match selection {
            Selection::Field(selection) => {
                let Some(field) = parent.fields.get(&selection.name) else { continue };
                out.push(Selected { parent, field });
                if through_interfaces && parent.kind == TypeKind::Interface {
                    for implementation in implementations(subgraph, &parent.name) {
                        if let Some(field) = implementation.fields.get(&selection.name) {
                            out.push(Selected { parent: implementation, field });
                        }
                    }
                }
                let children = selection.selection_set.as_deref().unwrap_or_default();
                if let Some(child) = subgraph.types.get(field.ty.inner_named_type()) {
                    collect(subgraph, child, children, through_interfaces, out);
                }
            }
            Selection::InlineFragment(fragment) => {
                let narrowed = match &fragment.type_condition {
                    Some(condition) => subgraph.types.get(condition),
                    None => Some(parent),
                };
                if let Some(narrowed) = narrowed {
                    collect(subgraph, narrowed, &fragment.selection_set, through_interfaces, out);
                }
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Types of a subgraph that implement an interface.
pub(crate) fn implementations<'a>(
    subgraph: &'a Subgraph,
    interface: &Name,
) -> impl Iterator<Item = &'a TypeDef> {
    subgraph.types.values().filter(move |ty| ty.implements.contains_key(interface))
}
