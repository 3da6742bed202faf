//! Large graphs compose.

use std::fmt::Write;

use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;

const SUBGRAPHS: usize = 100;
const TYPES: usize = 50;

/// A subgraph of entities: half of them its own, half of them extended from ten neighbours.
fn subgraph(number: usize) -> SubgraphSdl {
    let mut sdl = String::from(
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@external\", \"@requires\", \"@shareable\"])\n",
    );
    writeln!(sdl, "type Query {{ of{number}(first: Int): [T{number}x0!]! }}").unwrap();
    for own in 0..TYPES / 2 {
        let next = (own + 1) % (TYPES / 2);
        writeln!(
            sdl,
            "type T{number}x{own} @key(fields: \"id\") {{ id: ID! name: String size: Int next: T{number}x{next} }}"
        )
        .unwrap();
    }
    for extended in 0..TYPES / 2 {
        let neighbour = (number + 1 + extended % 10) % SUBGRAPHS;
        writeln!(
            sdl,
            "type T{neighbour}x{extended} @key(fields: \"id\") {{ id: ID! size: Int @external from{number}: Int @requires(fields: \"size\") }}"
        )
        .unwrap();
    }
    SubgraphSdl { name: format!("s{number}"), url: String::new(), sdl }
}

#[test]
fn a_hundred_subgraphs_of_fifty_types_compose() {
    let subgraphs: Vec<SubgraphSdl> = (0..SUBGRAPHS).map(subgraph).collect();
    let composition = compose(&subgraphs).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let graph = Graph::from_sdl(&composition.supergraph_sdl).unwrap();
    let extended = graph.field(graph.field_id(graph.type_id("T1x0").unwrap(), "from0").unwrap());
    assert_eq!(graph.subgraphs().len(), SUBGRAPHS);
    assert_eq!(extended.here.iter().map(|id| &*graph.subgraph(id).name).collect::<Vec<_>>(), ["s0"]);
}
