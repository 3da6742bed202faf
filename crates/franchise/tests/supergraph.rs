//! The composed schema that the program is built with.

use std::path::Path;

use gateway::config::{ProcessEnvironment, SubgraphsFile, UpstreamConfig};
use gateway::supergraph::Supergraph;
use gateway::upstream::Client;

#[tokio::test]
async fn the_stored_supergraph_is_what_the_subgraphs_compose_to() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let list = root.join("supergraph.yaml");
    let mut file = SubgraphsFile::load(&list, &ProcessEnvironment).unwrap();
    // The list names its schema files from the folder it is in.
    for entry in file.subgraphs.values_mut() {
        entry.schema.file = entry.schema.file.take().map(|schema| root.join(schema));
    }
    let client = Client::new(&UpstreamConfig::default()).unwrap();
    let composed = Supergraph::compose(&file, &list, &client).await.unwrap();
    let stored = std::fs::read_to_string(root.join("schema/supergraph.graphql")).unwrap();
    assert!(
        stored == composed.sdl,
        "schema/supergraph.graphql is stale: cargo run -p gateway -- compose --config supergraph.yaml \
         --output schema/supergraph.graphql"
    );
}
