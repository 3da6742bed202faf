//! Supergraphs as producers write them: each folder of `cases/supergraph` holds one document and what is read of it.
//!
//! `supergraph.graphql` is the document, and queries are `NAME.query.graphql`; the outcomes are as in
//! [`graphs`](crate::graphs).

mod hostile;

use federation::graph::Graph;

use crate::graphs::{hold, root, seen};

#[test]
fn supergraphs_of_any_producer_are_read_as_written_down() {
    hold(&root("supergraph"), |files| {
        seen(Graph::from_sdl(&files["supergraph.graphql"]), files, ".query.graphql")
    });
}
