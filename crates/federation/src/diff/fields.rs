//! Fields of objects and interfaces, and arguments.

use apollo_compiler::ast::{DirectiveList, FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::{Name, Node};

use super::change::{ChangeKind, Changes};

/// The fields of a type.
pub(super) fn compare(
    ty: &Name,
    old: &IndexMap<Name, Node<FieldDefinition>>,
    new: &IndexMap<Name, Node<FieldDefinition>>,
    changes: &mut Changes,
) {
    for (name, field) in old {
        let coordinate = format!("{ty}.{name}");
        let Some(now) = new.get(name) else {
            let message = match field.directives.has("deprecated") {
                true => format!("`{coordinate}`, which was deprecated, was removed"),
                false => format!("`{coordinate}` was removed"),
            };
            changes.push(ChangeKind::FieldRemoved, coordinate, message);
            continue;
        };
        compare_field(&coordinate, field, now, changes);
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        changes.push(ChangeKind::FieldAdded, format!("{ty}.{name}"), format!("`{ty}.{name}` was added"));
    }
}

fn compare_field(coordinate: &str, old: &FieldDefinition, new: &FieldDefinition, changes: &mut Changes) {
    if old.ty != new.ty {
        let message = format!("the type of `{coordinate}` was `{}` and is `{}` now", old.ty, new.ty);
        let kind = match fits(&new.ty, &old.ty) {
            true => ChangeKind::FieldTypeNarrowed,
            false => ChangeKind::FieldTypeChanged,
        };
        changes.push(kind, coordinate, message);
    }
    compare_deprecation(coordinate, &old.directives, &new.directives, changes);
    compare_arguments(coordinate, &old.arguments, &new.arguments, &OF_FIELDS, changes);
}

/// The kinds of changes of arguments, which differ between fields and directives.
pub(super) struct ArgumentChanges {
    pub(super) removed: ChangeKind,
    pub(super) changed: ChangeKind,
    pub(super) widened: ChangeKind,
    pub(super) required_added: ChangeKind,
    pub(super) optional_added: ChangeKind,
}

const OF_FIELDS: ArgumentChanges = ArgumentChanges {
    removed: ChangeKind::ArgumentRemoved,
    changed: ChangeKind::ArgumentTypeChanged,
    widened: ChangeKind::ArgumentTypeWidened,
    required_added: ChangeKind::RequiredArgumentAdded,
    optional_added: ChangeKind::OptionalArgumentAdded,
};

/// The arguments of a field or directive.
pub(super) fn compare_arguments(
    owner: &str,
    old: &[Node<InputValueDefinition>],
    new: &[Node<InputValueDefinition>],
    kinds: &ArgumentChanges,
    changes: &mut Changes,
) {
    let named = |list: &[Node<InputValueDefinition>], name: &Name| {
        list.iter().find(|argument| argument.name == *name).cloned()
    };
    for argument in old {
        let coordinate = format!("{owner}({}:)", argument.name);
        let Some(now) = named(new, &argument.name) else {
            let message = format!("the argument `{}` of `{owner}` was removed", argument.name);
            changes.push(kinds.removed, coordinate, message);
            continue;
        };
        if argument.ty != now.ty {
            let message = format!("the type of `{coordinate}` was `{}` and is `{}` now", argument.ty, now.ty);
            // Whoever leaves out an argument that has become required is concerned as well.
            match (fits(&argument.ty, &now.ty), now.is_required() && !argument.is_required()) {
                (true, _) => changes.push(kinds.widened, coordinate.as_str(), message),
                (false, true) => changes.push_for(kinds.changed, coordinate.as_str(), message, [owner]),
                (false, false) => changes.push(kinds.changed, coordinate.as_str(), message),
            }
        }
        if lost_its_default(argument, &now) {
            let message =
                format!("the argument `{}` of `{owner}` is required now, without a default", argument.name);
            changes.push_for(kinds.required_added, coordinate.as_str(), message, [owner]);
            changes.unless(&coordinate);
        } else if let Some(message) = default_changed(&coordinate, argument, &now) {
            changes.push_for(ChangeKind::ArgumentDefaultChanged, coordinate.as_str(), message, [owner]);
            changes.unless(&coordinate);
        }
        compare_deprecation(&coordinate, &argument.directives, &now.directives, changes);
    }
    for argument in new.iter().filter(|argument| named(old, &argument.name).is_none()) {
        let (kind, which) = match argument.is_required() {
            true => (kinds.required_added, "required"),
            false => (kinds.optional_added, "optional"),
        };
        let message = format!("the {which} argument `{}` of `{owner}` was added", argument.name);
        changes.push_for(kind, format!("{owner}({}:)", argument.name), message, [owner]);
    }
}

/// Whether a value that could be left out thanks to its default no longer can.
pub(super) fn lost_its_default(old: &InputValueDefinition, new: &InputValueDefinition) -> bool {
    old.ty == new.ty && new.is_required() && !old.is_required()
}

/// The sentence about a changed default; `None` if it means the same.
pub(super) fn default_changed(
    coordinate: &str,
    old: &InputValueDefinition,
    new: &InputValueDefinition,
) -> Option<String> {
    let shown = |value: &InputValueDefinition| {
        let value = value.default_value.as_ref()?;
        Some(value.serialize().no_indent().to_string())
    };
    match (shown(old), shown(new)) {
        (old, new) if old == new => None,
        (Some(old), Some(new)) => {
            Some(format!("the default of `{coordinate}` was `{old}` and is `{new}` now"))
        }
        (Some(old), None) => Some(format!("the default `{old}` of `{coordinate}` was removed")),
        (None, Some(new)) => Some(format!("`{coordinate}` has the default `{new}` now")),
        (None, None) => None,
    }
}

/// Deprecation comes, goes, or has another reason.
pub(super) fn compare_deprecation(
    coordinate: &str,
    old: &DirectiveList,
    new: &DirectiveList,
    changes: &mut Changes,
) {
    let reason = |list: &DirectiveList| {
        let directive = list.get("deprecated")?;
        let given = directive.specified_argument_by_name("reason").and_then(|reason| reason.as_str());
        Some(given.unwrap_or("No longer supported").to_owned())
    };
    match (reason(old), reason(new)) {
        (None, Some(reason)) => {
            let message = format!("`{coordinate}` is deprecated now: {reason}");
            changes.push(ChangeKind::Deprecated, coordinate, message);
        }
        (Some(_), None) => {
            let message = format!("`{coordinate}` is no longer deprecated");
            changes.push(ChangeKind::DeprecationRemoved, coordinate, message);
        }
        (Some(old), Some(new)) if old != new => {
            let message = format!("`{coordinate}` is deprecated for another reason now: {new}");
            changes.push(ChangeKind::DeprecationReasonChanged, coordinate, message);
        }
        _ => {}
    }
}

/// Whether every value of one type is a value of the other, by nullability alone (GraphQL specification 3.6.1,
/// `IsValidImplementationFieldType`, without subtypes: clients name types in fragments).
pub(super) fn fits(value: &Type, into: &Type) -> bool {
    match (value, into) {
        (Type::NonNullNamed(value) | Type::Named(value), Type::Named(into))
        | (Type::NonNullNamed(value), Type::NonNullNamed(into)) => value == into,
        (Type::NonNullList(value) | Type::List(value), Type::List(into))
        | (Type::NonNullList(value), Type::NonNullList(into)) => fits(value, into),
        _ => false,
    }
}
