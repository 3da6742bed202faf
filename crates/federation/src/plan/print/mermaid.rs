//! Plans as pictures.

use std::fmt::Write as _;

use super::paths::paths;
use crate::graph::Graph;
use crate::plan::query_plan::{Fetch, FetchInput, OperationKind, QueryPlan, ShapeId};

/// The most positions named in a box.
const MAX_POSITIONS: usize = 6;

/// A plan as a Mermaid flowchart: a box per fetch with its subgraph and where its answer goes, an arrow from each
/// fetch to those that wait for it. Renders wherever Markdown does, in a block marked `mermaid`.
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
    text
}

fn positions(fetch: &Fetch, paths: &[String]) -> Vec<String> {
    let path = |shape: ShapeId| match paths[shape.index()].as_str() {
        "" => "the root".to_owned(),
        path => escaped(path),
    };
    let mut positions: Vec<String> = match &fetch.input {
        FetchInput::Root { shape, .. } => vec![path(*shape)],
        FetchInput::Entities(inputs) => {
            inputs.iter().flat_map(|input| &input.anchors).map(|anchor| path(anchor.shape)).collect()
        }
    };
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
