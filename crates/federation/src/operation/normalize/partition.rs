//! Object types partitioned by which of the fields with one response key apply to them.

use apollo_compiler::Name;
use apollo_compiler::collections::IndexMap;
use smallvec::{SmallVec, smallvec};

use super::collect::Occurrence;
use crate::graph::TypeSet;

/// Object types for which the same fields of one response key apply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) types: TypeSet,
    /// Positions of the fields that apply, ascending, at least one.
    pub(super) members: SmallVec<[usize; 2]>,
}

/// For each response key, in order of first occurrence, its classes. Classes of a key are disjoint.
pub(super) fn partition(occurrences: &[Occurrence<'_>]) -> Vec<Vec<Class>> {
    let mut keys: IndexMap<&Name, Vec<Class>> = IndexMap::default();
    for (index, occurrence) in occurrences.iter().enumerate() {
        let classes = keys.entry(occurrence.field.response_name()).or_default();
        add(classes, index, &occurrence.types);
    }
    let mut all: Vec<Vec<Class>> = keys.into_values().collect();
    for classes in &mut all {
        classes.sort_by(|a, b| a.members[0].cmp(&b.members[0]).then_with(|| a.types.cmp(&b.types)));
    }
    all
}

fn add(classes: &mut Vec<Class>, index: usize, types: &TypeSet) {
    let mut rest = types.clone();
    let mut split = Vec::new();
    for class in classes.iter_mut() {
        if !class.types.intersects(&rest) {
            continue;
        }
        let common = class.types.intersection(&rest);
        let outside = class.types.difference(&common);
        if !outside.is_empty() {
            split.push(Class { types: outside, members: class.members.clone() });
        }
        rest = rest.difference(&common);
        class.types = common;
        class.members.push(index);
    }
    classes.append(&mut split);
    if !rest.is_empty() {
        classes.push(Class { types: rest, members: smallvec![index] });
    }
}
