//! Plans as pictures.

use std::fmt::Write as _;

use super::paths::paths;
use crate::graph::Graph;
use crate::plan::query_plan::{Deferred, Fetch, FetchId, FetchInput, OperationKind, QueryPlan, ShapeId};

/// The most positions named in a box.
const MAX_POSITIONS: usize = 6;

/// A plan as a Mermaid flowchart: a box per fetch with its subgraph and where its answer goes, an arrow from each
/// fetch to those that wait for it. Fragments delivered later are boxes of their own, with dotted arrows from what they
/// wait for. Renders wherever Markdown does, in a block marked `mermaid`.
pub fn print_mermaid(graph: &Graph, plan: &QueryPlan) -> String {
    let paths = paths(plan);
    let mut text = String::from("flowchart TD\n");
    let kind = match plan.kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  client([{kind}])");
    for (id, fetch) in plan.fetches.iter().enumerate() {
        let subgraph = escaped(&graph.subgraph(fetch.subgraph).name);
        let positions = positions(fetch, &paths).join("<br/>");
        let _ = writeln!(text, "  f{id}[\"<b>{subgraph}</b><br/>{positions}\"]");
    }
    for (id, fetch) in plan.fetches.iter().enumerate() {
        if fetch.depends_on.is_empty() {
            let _ = writeln!(text, "  client --> f{id}");
        }
        for before in &fetch.depends_on {
            let _ = writeln!(text, "  f{} --> f{id}", before.0);
        }
    }
    for (group, fragment) in plan.deferred.iter().enumerate() {
        deferred(plan, group, fragment, &paths, &mut text);
    }
    text
}

/// A fragment delivered later.
fn deferred(plan: &QueryPlan, group: usize, deferred: &Deferred, paths: &[String], text: &mut String) {
    let label = deferred.label.as_deref().map(|label| format!(" {}", escaped(label))).unwrap_or_default();
    let starts = (0..).map(ShapeId).zip(&plan.shapes).filter(|(_, shape)| shape.starts.contains(group));
    let positions = limited(starts.map(|(shape, _)| place(shape, paths)).collect()).join("<br/>");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  d{group}([\"deferred{label}<br/>{positions}\"])");
    if let Some(outer) = deferred.parent {
        let _ = writeln!(text, "  d{outer} -.-> d{group}");
    }
    // What one of them waits for goes without saying.
    let waited = |fetch: &FetchId| {
        deferred.fetches.iter().any(|later| plan.fetches[later.index()].depends_on.contains(fetch))
    };
    let outer = deferred.parent.map(|outer| plan.deferred[outer].fetches.as_slice()).unwrap_or_default();
    for fetch in deferred.fetches.iter().filter(|fetch| !waited(fetch) && !outer.contains(fetch)) {
        let _ = writeln!(text, "  f{} -.-> d{group}", fetch.0);
    }
}

fn place(shape: ShapeId, paths: &[String]) -> String {
    match paths[shape.index()].as_str() {
        "" => "the root".to_owned(),
        path => escaped(path),
    }
}

fn positions(fetch: &Fetch, paths: &[String]) -> Vec<String> {
    limited(match &fetch.input {
        FetchInput::Root { shape, .. } => vec![place(*shape, paths)],
        FetchInput::Entities(inputs) => {
            inputs.iter().flat_map(|input| &input.anchors).map(|anchor| place(anchor.shape, paths)).collect()
        }
    })
}

fn limited(mut positions: Vec<String>) -> Vec<String> {
    if positions.len() > MAX_POSITIONS {
        let more = positions.len() - MAX_POSITIONS;
        positions.truncate(MAX_POSITIONS);
        positions.push(format!("and {more} more"));
    }
    positions
}

/// Text inside a quoted label: Mermaid reads `#code;` as a character, and HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '<' | '>' | '&' | ';' => {
                let _ = write!(escaped, "#{};", u32::from(character));
            }
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_cannot_break_out_of_its_label() {
        assert_eq!(escaped("plain-name_1"), "plain-name_1");
        assert_eq!(escaped("a\"] --> b<i>&#35;\n"), "a#34;] --#62; b#60;i#62;#38;#35;35#59; ");
    }
}
