//! The deferred fragments found on the way into the normal form.

use std::sync::Arc;

use apollo_compiler::ast::Value;
use apollo_compiler::executable::DirectiveList;

use super::super::conditions::Conditions;
use super::super::groups::Groups;
use super::super::mask::Mask;
use super::super::normal::{Deferred, SelectionSet};
use crate::graph::TypeSet;

/// The deferred fragments found so far.
pub(super) struct Register {
    found: Vec<Deferred>,
    enabled: bool,
}

impl Register {
    /// With `enabled`, fragments are deferred where the client asks for it; else nowhere.
    pub(super) fn new(enabled: bool) -> Self {
        Self { found: Vec::new(), enabled }
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// The group that a fragment with these directives starts, inside another if there is one. More fragments than a
    /// set can hold are answered with what is around them, as the specification allows.
    pub(super) fn start(
        &mut self,
        directives: &DirectiveList,
        (conditions, mask): (&Conditions, &Mask),
        within: Option<usize>,
        types: &TypeSet,
    ) -> Option<usize> {
        if !self.enabled || self.found.len() >= Groups::MAX || !conditions.defers(directives, mask) {
            return within;
        }
        let label = directives.get("defer").and_then(|defer| defer.specified_argument_by_name("label"));
        let label = label.and_then(|label| match &**label {
            Value::String(label) => Some(Arc::from(label.as_str())),
            _ => None,
        });
        self.found.push(Deferred { label, parent: within, types: types.clone() });
        Some(self.found.len() - 1)
    }

    /// The groups a field is delivered with: with none if it is also selected outside of all, and not with one that
    /// comes after another of them.
    pub(super) fn joined(&self, written: impl Iterator<Item = Option<usize>>) -> Groups {
        let Some(all) = written.collect::<Option<Groups>>() else { return Groups::NONE };
        all.iter().filter(|group| !self.enclosing(*group).any(|parent| all.contains(parent))).collect()
    }

    /// All groups around a group, the nearest first.
    fn enclosing(&self, group: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.found[group].parent, |parent| self.found[*parent].parent)
    }

    /// The groups that have fields of their own, numbered anew. What stood in others moves up.
    pub(super) fn finish(mut self, root: &mut SelectionSet) -> Vec<Deferred> {
        let own = own_groups(root);
        let mut numbers = vec![None; self.found.len()];
        for (number, group) in own.iter().enumerate() {
            numbers[group] = Some(number);
        }
        let parents: Vec<Option<usize>> = own
            .iter()
            .map(|group| self.enclosing(group).filter_map(|parent| numbers[parent]).next())
            .collect();
        for (group, parent) in own.iter().zip(parents) {
            self.found[group].parent = parent;
        }
        renumber(root, &numbers);
        self.found
            .into_iter()
            .zip(&numbers)
            .filter(|(_, number)| number.is_some())
            .map(|(group, _)| group)
            .collect()
    }
}

fn own_groups(set: &SelectionSet) -> Groups {
    set.selections.iter().fold(Groups::NONE, |all, selection| {
        let below = selection.selection_set.as_ref().map_or(Groups::NONE, own_groups);
        all.union(selection.groups).union(below)
    })
}

fn renumber(set: &mut SelectionSet, numbers: &[Option<usize>]) {
    let renumbered = |groups: Groups| groups.iter().filter_map(|group| numbers[group]).collect();
    set.starts = renumbered(set.starts);
    for selection in &mut set.selections {
        selection.groups = renumbered(selection.groups);
        if let Some(below) = &mut selection.selection_set {
            renumber(below, numbers);
        }
    }
}
