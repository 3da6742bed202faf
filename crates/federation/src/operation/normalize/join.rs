//! Selections in response order, joined where that changes no object's order.

use apollo_compiler::collections::HashMap;

use super::super::normal::Selection;

/// A selection on its way into the normal form.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it stands in document order.
    pub(super) order: usize,
    /// Equal for pieces that differ in `types` only.
    pub(super) content: usize,
    pub(super) selection: Selection,
}

impl Piece {
    /// Whether two pieces of one response key differ in `types` only.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.selection, &other.selection);
        a.field == b.field
            && a.arguments == b.arguments
            && a.directives == b.directives
            && a.groups == b.groups
            && a.selection_set == b.selection_set
    }
}

/// Sorts pieces so that each object type finds its fields in the order of its CollectFields, and joins pieces
/// of equal content.
///
/// Two neighbours may change places when their types are disjoint, so a piece joins an earlier one if every
/// piece between them is disjoint from one of the two.
pub(super) fn join(mut pieces: Vec<Piece>) -> Vec<Selection> {
    pieces.sort_by_key(|piece| piece.order);
    let mut joined: Vec<Option<Piece>> = Vec::with_capacity(pieces.len());
    let mut latest: HashMap<usize, usize> = HashMap::default();
    for mut piece in pieces {
        let index = joined.len();
        if let Some(&earlier) = latest.get(&piece.content) {
            let (before, between) = joined.split_at_mut(earlier + 1);
            if let Some(target) = &mut before[earlier] {
                let free =
                    |types| between.iter().flatten().all(|other| !other.selection.types.intersects(types));
                let union = target.selection.types.union(&piece.selection.types);
                if free(&piece.selection.types) {
                    target.selection.types = union;
                    continue;
                }
                if free(&target.selection.types) {
                    piece.selection.types = union;
                    before[earlier] = None;
                }
            }
        }
        latest.insert(piece.content, index);
        joined.push(Some(piece));
    }
    joined.into_iter().flatten().map(|piece| piece.selection).collect()
}
