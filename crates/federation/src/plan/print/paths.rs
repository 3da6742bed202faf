//! Where the objects of a plan are, in words.

use crate::plan::query_plan::{OutputSource, QueryPlan, ReadValue, SlotKind};

/// By shape: the response keys that lead to it, joined by dots; empty for the root. What only the planner wants
/// goes by the names that subgraphs answer with.
pub(super) fn paths(plan: &QueryPlan) -> Vec<String> {
    let mut paths = vec![String::new(); plan.shapes.len()];
    let mut names: Vec<Vec<Option<&str>>> =
        plan.shapes.iter().map(|shape| vec![None; shape.slots.len()]).collect();
    for selection in &plan.selections {
        for field in selection.fields.iter().filter(|field| field.value != ReadValue::Typename) {
            if let Some(name) = names[selection.shape.index()].get_mut(field.slot.index()) {
                *name = name.or(Some(&field.key));
            }
        }
    }
    for (shape, row) in plan.shapes.iter().enumerate() {
        for output in &row.output {
            if let OutputSource::Slot(slot) = output.source {
                names[shape][slot.index()] = Some(&output.key);
            }
        }
    }
    // A shape's number is higher than its parent's.
    for shape in 0..plan.shapes.len() {
        for (slot, kind) in plan.shapes[shape].slots.iter().enumerate() {
            if let SlotKind::Object(child) = kind {
                let name = names[shape][slot].unwrap_or("?");
                let separator = if paths[shape].is_empty() { "" } else { "." };
                paths[child.index()] = format!("{}{separator}{name}", paths[shape]);
            }
        }
    }
    paths
}
