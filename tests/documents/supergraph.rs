//! The composed schema in the repository is what its parts compose to.

use std::collections::BTreeMap;

use gateway::config::{SubgraphsFile, UpstreamConfig};
use gateway::supergraph::Supergraph;
use gateway::upstream::Client;

use crate::harness::root;

#[tokio::test]
async fn the_stored_supergraph_is_what_its_list_composes_to() {
    let file = root().join("supergraph.yaml");
    let listed = SubgraphsFile::load(&file, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let client = Client::new(&UpstreamConfig::default()).unwrap();
    let composed = Supergraph::compose(&listed, &file, &client).await.unwrap().sdl;
    let stored = std::fs::read_to_string(root().join("schema/supergraph.graphql")).unwrap();
    let differing = composed.lines().zip(stored.lines()).position(|(composed, stored)| composed != stored);
    assert!(
        composed == stored,
        "schema/supergraph.graphql is stale (first differing line: {:?}); compose it again:\n\
         cargo run -p gateway -- compose --config supergraph.yaml --output schema/supergraph.graphql",
        differing.map(|line| line + 1)
    );
}
