//! Types: which exist, of which kind, with which members.

use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{EnumType, ExtendedType, ScalarType};
use apollo_compiler::{Name, Node, Schema};

use super::change::{ChangeKind, Changes};
use super::{fields, inputs};

/// The root operation types.
pub(super) fn compare_roots(old: &Schema, new: &Schema, changes: &mut Changes) {
    let roots = |schema: &Schema| {
        let definition = &schema.schema_definition;
        [&definition.query, &definition.mutation, &definition.subscription]
            .map(|root| root.as_ref().map(|name| name.to_string()))
    };
    for ((kind, old), new) in
        ["query", "mutation", "subscription"].into_iter().zip(roots(old)).zip(roots(new))
    {
        match (old, new) {
            (Some(old), Some(new)) if old != new => {
                let message = format!("the {kind} root is no longer `{old}` but `{new}`");
                changes.push(ChangeKind::RootTypeChanged, old, message);
            }
            (Some(old), None) => {
                let message = format!("there is no {kind} root any more");
                changes.push(ChangeKind::RootTypeChanged, old, message);
            }
            (None, Some(new)) => {
                changes.push(ChangeKind::RootTypeAdded, new, format!("there is a {kind} root now"));
            }
            _ => {}
        }
    }
}

/// All types clients can name.
pub(super) fn compare(old: &Schema, new: &Schema, changes: &mut Changes) {
    for (name, ty) in old.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
        match new.types.get(name) {
            None => {
                changes.push(ChangeKind::TypeRemoved, name.as_str(), format!("the type `{name}` was removed"))
            }
            Some(now) => compare_type(name, ty, now, new, changes),
        }
    }
    for name in new.types.iter().filter(|(_, ty)| !ty.is_built_in()).map(|(name, _)| name) {
        if !old.types.contains_key(name) {
            changes.push(ChangeKind::TypeAdded, name.as_str(), format!("the type `{name}` was added"));
        }
    }
}

fn compare_type(name: &Name, old: &ExtendedType, new: &ExtendedType, schema: &Schema, changes: &mut Changes) {
    match (old, new) {
        (ExtendedType::Object(old), ExtendedType::Object(new)) => {
            fields::compare(name, &old.fields, &new.fields, changes);
            compare_interfaces(name, &old.implements_interfaces, &new.implements_interfaces, changes);
        }
        (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
            fields::compare(name, &old.fields, &new.fields, changes);
            compare_interfaces(name, &old.implements_interfaces, &new.implements_interfaces, changes);
        }
        (ExtendedType::Union(old), ExtendedType::Union(new)) => {
            compare_members(name, &old.members, &new.members, changes);
        }
        (ExtendedType::Enum(old), ExtendedType::Enum(new)) => compare_values(old, new, schema, changes),
        (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => {
            inputs::compare(old, new, changes)
        }
        (ExtendedType::Scalar(old), ExtendedType::Scalar(new)) => compare_scalars(old, new, changes),
        _ => {
            let message = format!("`{name}` was {} and is {} now", kind(old), kind(new));
            changes.push(ChangeKind::TypeKindChanged, name.as_str(), message);
        }
    }
}

fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "a scalar",
        ExtendedType::Object(_) => "an object type",
        ExtendedType::Interface(_) => "an interface",
        ExtendedType::Union(_) => "a union",
        ExtendedType::Enum(_) => "an enum",
        ExtendedType::InputObject(_) => "an input object",
    }
}

/// The names only the first set has.
fn missing<'a>(
    from: &'a IndexSet<Node<Name>>,
    than: &IndexSet<Node<Name>>,
) -> impl Iterator<Item = &'a Name> {
    let known: Vec<Name> = than.iter().map(|name| (**name).clone()).collect();
    from.iter().map(|name| &**name).filter(move |name| !known.contains(name))
}

fn compare_interfaces(
    ty: &Name,
    old: &IndexSet<Node<Name>>,
    new: &IndexSet<Node<Name>>,
    changes: &mut Changes,
) {
    for interface in missing(old, new) {
        let message = format!("`{ty}` no longer implements `{interface}`");
        changes.push_for(ChangeKind::InterfaceRemoved, ty.as_str(), message, [ty, interface]);
    }
    for interface in missing(new, old) {
        let message = format!("`{ty}` implements `{interface}` now");
        changes.push_for(ChangeKind::InterfaceAdded, ty.as_str(), message, [interface]);
    }
}

fn compare_members(
    union: &Name,
    old: &IndexSet<Node<Name>>,
    new: &IndexSet<Node<Name>>,
    changes: &mut Changes,
) {
    for member in missing(old, new) {
        let message = format!("`{member}` is no longer a member of `{union}`");
        changes.push_for(ChangeKind::UnionMemberRemoved, union.as_str(), message, [union, member]);
    }
    for member in missing(new, old) {
        let message = format!("`{member}` is a member of `{union}` now");
        changes.push(ChangeKind::UnionMemberAdded, union.as_str(), message);
    }
}

fn compare_values(old: &Node<EnumType>, new: &Node<EnumType>, schema: &Schema, changes: &mut Changes) {
    let name = &old.name;
    for (value, definition) in &old.values {
        let coordinate = format!("{name}.{value}");
        match new.values.get(value) {
            None => {
                let message = format!("the value `{value}` of `{name}` was removed");
                changes.push(ChangeKind::EnumValueRemoved, coordinate, message);
            }
            Some(now) => {
                fields::compare_deprecation(&coordinate, &definition.directives, &now.directives, changes);
            }
        }
    }
    for value in new.values.keys().filter(|value| !old.values.contains_key(*value)) {
        let kind = match is_answered(name, schema) {
            true => ChangeKind::EnumValueAdded,
            false => ChangeKind::InputEnumValueAdded,
        };
        let message = format!("the value `{value}` of `{name}` was added");
        changes.push_for(kind, format!("{name}.{value}"), message, [name]);
    }
}

/// Whether a client can meet values of an enum in an answer.
fn is_answered(name: &Name, schema: &Schema) -> bool {
    let returns = |fields: &IndexMap<Name, Node<apollo_compiler::schema::FieldDefinition>>| {
        fields.values().any(|field| field.ty.inner_named_type() == name)
    };
    schema.types.values().filter(|ty| !ty.is_built_in()).any(|ty| match ty {
        ExtendedType::Object(object) => returns(&object.fields),
        ExtendedType::Interface(interface) => returns(&interface.fields),
        _ => false,
    })
}

fn compare_scalars(old: &Node<ScalarType>, new: &Node<ScalarType>, changes: &mut Changes) {
    let specification = |scalar: &ScalarType| {
        let directive = scalar.directives.get("specifiedBy")?;
        Some(directive.specified_argument_by_name("url")?.as_str()?.to_owned())
    };
    let (before, after) = (specification(old), specification(new));
    if before != after {
        let shown = |url: Option<String>| url.map_or_else(|| "nothing".to_owned(), |url| format!("`{url}`"));
        let message =
            format!("`{}` was specified by {} and is by {} now", old.name, shown(before), shown(after));
        changes.push(ChangeKind::SpecifiedByChanged, old.name.as_str(), message);
    }
}
