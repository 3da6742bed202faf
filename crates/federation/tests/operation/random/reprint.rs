//! A normal form as a GraphQL document that means the same, and whether two normal forms do.

use std::fmt::Write;

use federation::graph::{Graph, TypeId};
use federation::operation::NormalOperation;
use federation::operation::normal::{FieldRef, Selection, SelectionSet};

/// Of a query without variables.
pub(super) fn as_graphql(graph: &Graph, normal: &NormalOperation) -> String {
    let mut text = "query".to_owned();
    selection_set(graph, &normal.root, &mut text);
    text
}

fn selection_set(graph: &Graph, set: &SelectionSet, text: &mut String) {
    text.push_str(" {");
    for selection in &set.selections {
        let owner = match selection.field {
            FieldRef::Field(id) => graph.field(id).parent,
            _ => set.parent,
        };
        let whole = selection.types == graph.possible(set.parent).intersection(graph.possible(owner));
        let conditions: Vec<TypeId> = match whole {
            true => vec![owner],
            false => selection.types.iter().map(|object| graph.object_type(object)).collect(),
        };
        for condition in conditions {
            let name = |id| &graph.ty(id).name;
            write!(text, " ... on {} {{ ... on {} {{ ", name(condition), name(owner)).unwrap();
            field(graph, selection, text);
            text.push_str(" } }");
        }
    }
    text.push_str(" }");
}

fn field(graph: &Graph, selection: &Selection, text: &mut String) {
    let name = match selection.field {
        FieldRef::Field(id) => &*graph.field(id).name,
        _ => "__typename",
    };
    write!(text, "{}: {name}", selection.key).unwrap();
    for argument in &selection.arguments {
        write!(text, "({}: {})", argument.name, argument.value).unwrap();
    }
    if let Some(set) = &selection.selection_set {
        selection_set(graph, set, text);
    }
}

/// Compares what objects of each type are asked. (Where order keeps equal selections apart, which of them has which
/// types is a matter of how the document was written.)
pub(super) fn same(graph: &Graph, a: &SelectionSet, b: &SelectionSet) -> bool {
    let for_object = |set: &'_ SelectionSet, object| -> Vec<usize> {
        (0..set.selections.len()).filter(|index| set.selections[*index].types.contains(object)).collect()
    };
    a.parent == b.parent
        && graph.possible(a.parent).iter().all(|object| {
            let (in_a, in_b) = (for_object(a, object), for_object(b, object));
            in_a.len() == in_b.len()
                && in_a.into_iter().zip(in_b).all(|(index_a, index_b)| {
                    let (a, b) = (&a.selections[index_a], &b.selections[index_b]);
                    let below = match (&a.selection_set, &b.selection_set) {
                        (Some(a), Some(b)) => same(graph, a, b),
                        (None, None) => true,
                        _ => false,
                    };
                    below && a.key == b.key && a.field == b.field && a.arguments == b.arguments
                })
        })
}

/// Selections at all depths.
pub(super) fn size(set: &SelectionSet) -> usize {
    let below = |selection: &Selection| selection.selection_set.as_ref().map_or(0, size);
    set.selections.iter().map(|selection| 1 + below(selection)).sum()
}
