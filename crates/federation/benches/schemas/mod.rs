//! Schemas of the sizes that matter, and what is asked of them.

#![allow(dead_code, reason = "each benchmark uses a part")]

use std::fmt::Write as _;

use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;
use federation::operation::{Document, Limits, NormalOperation, coerce, normalize};

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@shareable\", \"@interfaceObject\"])\n";

pub(crate) fn graph(subgraphs: &[(&str, String)]) -> Graph {
    let subgraphs: Vec<SubgraphSdl> = subgraphs
        .iter()
        .map(|(name, sdl)| SubgraphSdl {
            name: (*name).to_owned(),
            url: String::new(),
            sdl: format!("{LINK}{sdl}"),
        })
        .collect();
    let composition = compose(&subgraphs).expect("the subgraphs compose");
    Graph::from_sdl(&composition.supergraph_sdl).expect("the supergraph is readable")
}

pub(crate) fn operation(graph: &Graph, query: &str) -> NormalOperation {
    let limits = Limits::default();
    let api = graph.api_schema();
    let document = Document::parse(api, query, &limits).expect("a valid query");
    let operation = document.operation(None).expect("one operation");
    let variables = coerce(api, operation, b"", &limits).expect("no variables");
    let mask = operation.conditions().evaluate(&variables).expect("no conditions");
    normalize(graph, &document, operation, &mask, &limits).expect("within limits")
}

/// Seven subgraphs that all have everything but one field and one edge each.
pub(crate) fn many_homes() -> (Graph, NormalOperation) {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let mut subgraphs = Vec::new();
    for (missing, name) in names.iter().enumerate() {
        let mut sdl = String::from(
            "type Query { node: Node @shareable }\ntype Node @key(fields: \"id\") { id: ID! @shareable",
        );
        for field in (0..names.len()).filter(|field| *field != missing) {
            write!(sdl, " leaf{field}: Int @shareable edge{field}: Node @shareable")
                .expect("writes to a string");
        }
        sdl.push('}');
        subgraphs.push((*name, sdl));
    }
    let graph = graph(&subgraphs);
    let leaves = (0..7).map(|field| format!("leaf{field} ")).collect::<String>();
    let mut query = leaves.clone();
    for depth in 0..4 {
        let edges = if depth < 3 { 7 } else { 1 };
        let below = (0..edges).map(|edge| format!("edge{edge} {{ {query} }} ")).collect::<String>();
        query = format!("{leaves}{below}");
    }
    let operation = operation(&graph, &format!("{{ node {{ {query} }} }}"));
    (graph, operation)
}

/// The types of each of the subgraphs [`grown`].
pub(crate) const TYPES: usize = 50;

fn subgraph(number: usize, of: usize) -> SubgraphSdl {
    let mut sdl = String::from(
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@external\", \"@requires\"])\n",
    );
    let mut line = |text: String| writeln!(sdl, "{text}").expect("writes to a string");
    line(format!("type Query {{ of{number}(first: Int): [T{number}x0!]! }}"));
    for own in 0..TYPES / 2 {
        let next = (own + 1) % (TYPES / 2);
        line(format!(
            "type T{number}x{own} @key(fields: \"id\") {{ id: ID! name: String size: Int next: T{number}x{next} }}"
        ));
    }
    for extended in 0..TYPES / 2 {
        let neighbour = (number + 1 + extended % 10) % of;
        line(format!(
            "type T{neighbour}x{extended} @key(fields: \"id\") {{ id: ID! size: Int @external from{number}: Int @requires(fields: \"size\") }}"
        ));
    }
    SubgraphSdl { name: format!("s{number}"), url: String::new(), sdl }
}

/// So many subgraphs of which each has half of its types for itself and extends the other half from ten neighbours,
/// with keys and requirements.
pub(crate) fn grown(count: usize) -> Vec<SubgraphSdl> {
    (0..count).map(|number| subgraph(number, count)).collect()
}
