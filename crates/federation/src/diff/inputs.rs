//! Input objects.

use apollo_compiler::Node;
use apollo_compiler::schema::InputObjectType;

use super::change::{ChangeKind, Changes};
use super::fields::{compare_deprecation, default_changed, fits, lost_its_default};

/// The fields of an input object, and whether exactly one must be given.
pub(super) fn compare(old: &Node<InputObjectType>, new: &Node<InputObjectType>, changes: &mut Changes) {
    let name = &old.name;
    match (old.is_one_of(), new.is_one_of()) {
        (false, true) => {
            let message = format!("`{name}` takes exactly one field now");
            changes.push(ChangeKind::OneOfAdded, name.as_str(), message);
        }
        (true, false) => {
            let message = format!("`{name}` takes any number of fields now");
            changes.push(ChangeKind::OneOfRemoved, name.as_str(), message);
        }
        _ => {}
    }
    for (field, definition) in &old.fields {
        let coordinate = format!("{name}.{field}");
        let Some(now) = new.fields.get(field) else {
            let message = format!("the input field `{coordinate}` was removed");
            changes.push(ChangeKind::InputFieldRemoved, coordinate, message);
            continue;
        };
        if definition.ty != now.ty {
            let message =
                format!("the type of `{coordinate}` was `{}` and is `{}` now", definition.ty, now.ty);
            match (fits(&definition.ty, &now.ty), now.is_required() && !definition.is_required()) {
                (true, _) => changes.push(ChangeKind::InputFieldTypeWidened, coordinate.as_str(), message),
                (false, true) => {
                    changes.push_for(ChangeKind::InputFieldTypeChanged, coordinate.as_str(), message, [name]);
                }
                (false, false) => {
                    changes.push(ChangeKind::InputFieldTypeChanged, coordinate.as_str(), message);
                }
            }
        }
        if lost_its_default(definition, now) {
            let message = format!("the input field `{coordinate}` is required now, without a default");
            changes.push_for(ChangeKind::RequiredInputFieldAdded, coordinate.as_str(), message, [name]);
        } else if let Some(message) = default_changed(&coordinate, definition, now) {
            changes.push_for(ChangeKind::InputFieldDefaultChanged, coordinate.as_str(), message, [name]);
        }
        compare_deprecation(&coordinate, &definition.directives, &now.directives, changes);
    }
    for (field, definition) in new.fields.iter().filter(|(field, _)| !old.fields.contains_key(*field)) {
        let (kind, which) = match definition.is_required() {
            true => (ChangeKind::RequiredInputFieldAdded, "required"),
            false => (ChangeKind::OptionalInputFieldAdded, "optional"),
        };
        let message = format!("the {which} input field `{name}.{field}` was added");
        changes.push_for(kind, format!("{name}.{field}"), message, [name]);
    }
}
