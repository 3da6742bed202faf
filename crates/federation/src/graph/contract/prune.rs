//! What goes with what is outside: what makes no sense without it, and what nothing leads to.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};

use super::Outside;
use crate::graph::GraphError;
use crate::graph::read::Elements;

/// # Errors
/// When nothing is left to ask for, or something needs what is outside.
pub(super) fn prune(elements: &Elements<'_>, outside: &mut Outside) -> Result<(), Vec<GraphError>> {
    let mut before = usize::MAX;
    while before != outside.len() {
        before = outside.len();
        for (name, ty) in elements.types() {
            if !outside.has_type(name) {
                follow(name, ty, outside);
            }
        }
    }
    let query = elements.roots().next().filter(|query| !outside.has_type(query));
    if query.is_none() {
        return Err(vec![GraphError::Contract("no field of the query type is left".to_owned())]);
    }
    let errors = unmet(elements, outside);
    if !errors.is_empty() {
        return Err(errors);
    }
    let reached = Reached::from_roots(elements, outside).types;
    for (name, _) in elements.types() {
        if !reached.contains(name) {
            outside.types.insert(name.clone());
        }
    }
    Ok(())
}

/// What goes with what is outside, of one type.
fn follow(name: &Name, ty: &ExtendedType, outside: &mut Outside) {
    let is_left = match ty {
        ExtendedType::Scalar(_) => true,
        ExtendedType::Object(object) => follow_fields(name, &object.fields, outside),
        ExtendedType::Interface(interface) => follow_fields(name, &interface.fields, outside),
        ExtendedType::Union(union_type) => union_type.members.iter().any(|member| !outside.has_type(member)),
        ExtendedType::Enum(enumeration) => {
            enumeration.values.keys().any(|value| !outside.has_member(name, value))
        }
        ExtendedType::InputObject(input) => {
            for (field, definition) in &input.fields {
                if outside.has_type(definition.ty.inner_named_type()) {
                    outside.members.insert((name.clone(), field.clone()));
                }
            }
            input.fields.keys().any(|field| !outside.has_member(name, field))
        }
    };
    if !is_left {
        outside.types.insert(name.clone());
    }
}

/// Whether a field is left.
fn follow_fields(name: &Name, fields: &IndexMap<Name, Node<FieldDefinition>>, outside: &mut Outside) -> bool {
    for (field, definition) in fields {
        if outside.has_type(definition.ty.inner_named_type()) {
            outside.members.insert((name.clone(), field.clone()));
        }
        for argument in &definition.arguments {
            if outside.has_type(argument.ty.inner_named_type()) {
                outside.arguments.insert((name.clone(), field.clone(), argument.name.clone()));
            }
        }
    }
    fields.keys().any(|field| !outside.has_member(name, field))
}

/// Arguments and input fields that must be given and cannot, or have a default that is outside.
fn unmet(elements: &Elements<'_>, outside: &Outside) -> Vec<GraphError> {
    let mut errors = Vec::new();
    let mut check = |place: String, definition: &InputValueDefinition, is_outside: bool| {
        if is_outside && definition.is_required() {
            errors.push(GraphError::Contract(format!("`{place}` must be given, but is not seen")));
        }
        let default = definition.default_value.as_ref().filter(|_| !is_outside);
        let hidden = default.and_then(|value| hidden_part(elements, outside, value, &definition.ty));
        if let Some(hidden) = hidden {
            errors.push(GraphError::Contract(format!(
                "the default of `{place}` is `{hidden}`, which is not seen"
            )));
        }
    };
    for (name, ty) in elements.types().filter(|(name, _)| !outside.has_type(name)) {
        let fields = match ty {
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    check(format!("{name}.{field}"), definition, outside.has_member(name, field));
                }
                continue;
            }
            _ => continue,
        };
        for (field, definition) in fields.iter().filter(|(field, _)| !outside.has_member(name, field)) {
            for argument in &definition.arguments {
                let is_outside = outside.has_argument(name, field, &argument.name);
                check(format!("{name}.{field}({}:)", argument.name), argument, is_outside);
            }
        }
    }
    errors
}

/// The enum value or input field in a default that is outside.
fn hidden_part(elements: &Elements<'_>, outside: &Outside, value: &Value, ty: &Type) -> Option<String> {
    let name = ty.inner_named_type();
    match value {
        Value::List(items) => {
            items.iter().find_map(|item| hidden_part(elements, outside, item, ty.item_type()))
        }
        Value::Enum(value) => outside.has_member(name, value).then(|| format!("{name}.{value}")),
        Value::Object(entries) => entries.iter().find_map(|(field, value)| {
            if outside.has_member(name, field) {
                return Some(format!("{name}.{field}"));
            }
            let Some(ExtendedType::InputObject(input)) = elements.get(name) else { return None };
            hidden_part(elements, outside, value, &input.fields.get(field)?.ty)
        }),
        _ => None,
    }
}

/// The types that something leads to from a root.
struct Reached<'a> {
    elements: &'a Elements<'a>,
    outside: &'a Outside,
    types: IndexSet<Name>,
    /// Interfaces that some field answers, so that all their objects may come.
    answered: IndexSet<Name>,
    waiting: Vec<Name>,
}

impl<'a> Reached<'a> {
    fn from_roots(elements: &'a Elements<'a>, outside: &'a Outside) -> Self {
        let (types, answered) = (IndexSet::default(), IndexSet::default());
        let mut reached = Self { elements, outside, types, answered, waiting: Vec::new() };
        for root in elements.roots() {
            reached.answer(root);
        }
        for ty in elements.types_of_directives() {
            reached.note(&ty);
        }
        while let Some(name) = reached.waiting.pop() {
            reached.visit(&name);
        }
        reached
    }

    fn note(&mut self, name: &Name) {
        if !self.outside.has_type(name) && self.types.insert(name.clone()) {
            self.waiting.push(name.clone());
        }
    }

    /// Notes the type of a field's value.
    fn answer(&mut self, name: &Name) {
        self.note(name);
        if self.answered.insert(name.clone()) {
            for object in self.elements.implementations(name) {
                self.note(&object);
            }
        }
    }

    fn visit(&mut self, name: &Name) {
        let (elements, outside) = (self.elements, self.outside);
        match elements.get(name) {
            Some(ExtendedType::Object(object)) => {
                object.implements_interfaces.iter().for_each(|interface| self.note(interface));
                self.visit_fields(name, &object.fields);
            }
            Some(ExtendedType::Interface(interface)) => {
                interface.implements_interfaces.iter().for_each(|parent| self.note(parent));
                self.visit_fields(name, &interface.fields);
            }
            Some(ExtendedType::Union(union_type)) => {
                union_type.members.iter().for_each(|member| self.note(member));
            }
            Some(ExtendedType::InputObject(input)) => {
                for (field, definition) in &input.fields {
                    if !outside.has_member(name, field) {
                        self.note(definition.ty.inner_named_type());
                    }
                }
            }
            Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_)) | None => {}
        }
    }

    fn visit_fields(&mut self, name: &Name, fields: &IndexMap<Name, Node<FieldDefinition>>) {
        for (field, definition) in fields {
            if self.outside.has_member(name, field) {
                continue;
            }
            self.answer(definition.ty.inner_named_type());
            for argument in &definition.arguments {
                if !self.outside.has_argument(name, field, &argument.name) {
                    self.note(argument.ty.inner_named_type());
                }
            }
        }
    }
}
