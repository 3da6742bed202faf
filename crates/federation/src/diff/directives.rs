//! Directives clients may write.

use apollo_compiler::Schema;
use apollo_compiler::ast::DirectiveDefinition;

use super::change::{ChangeKind, Changes};
use super::fields::{ArgumentChanges, compare_arguments};

const OF_DIRECTIVES: ArgumentChanges = ArgumentChanges {
    removed: ChangeKind::DirectiveArgumentRemoved,
    changed: ChangeKind::DirectiveArgumentTypeChanged,
    widened: ChangeKind::DirectiveArgumentTypeWidened,
    required_added: ChangeKind::RequiredDirectiveArgumentAdded,
    optional_added: ChangeKind::DirectiveArgumentAdded,
};

/// All directives but those of the GraphQL specification.
pub(super) fn compare(old: &Schema, new: &Schema, changes: &mut Changes) {
    for (name, definition) in old.directive_definitions.iter().filter(|(_, own)| !own.is_built_in()) {
        let coordinate = format!("@{name}");
        match new.directive_definitions.get(name) {
            None => {
                let message = format!("the directive `{coordinate}` was removed");
                changes.push(ChangeKind::DirectiveRemoved, coordinate, message);
            }
            Some(now) => compare_directive(&coordinate, definition, now, changes),
        }
    }
    for (name, _) in new.directive_definitions.iter().filter(|(_, own)| !own.is_built_in()) {
        if !old.directive_definitions.contains_key(name) {
            let message = format!("the directive `@{name}` was added");
            changes.push(ChangeKind::DirectiveAdded, format!("@{name}"), message);
        }
    }
}

fn compare_directive(
    coordinate: &str,
    old: &DirectiveDefinition,
    new: &DirectiveDefinition,
    changes: &mut Changes,
) {
    compare_arguments(coordinate, &old.arguments, &new.arguments, &OF_DIRECTIVES, changes);
    for location in old.locations.iter().filter(|location| !new.locations.contains(*location)) {
        let message = format!("`{coordinate}` may no longer be written on {location}");
        changes.push(ChangeKind::DirectiveLocationRemoved, coordinate, message);
    }
    for location in new.locations.iter().filter(|location| !old.locations.contains(*location)) {
        let message = format!("`{coordinate}` may be written on {location} now");
        changes.push(ChangeKind::DirectiveLocationAdded, coordinate, message);
    }
    match (old.repeatable, new.repeatable) {
        (true, false) => {
            let message = format!("`{coordinate}` may no longer be repeated");
            changes.push(ChangeKind::DirectiveRepeatableRemoved, coordinate, message);
        }
        (false, true) => {
            let message = format!("`{coordinate}` may be repeated now");
            changes.push(ChangeKind::DirectiveRepeatableAdded, coordinate, message);
        }
        _ => {}
    }
}
