//! The composed schema that the program is built with.

use std::path::Path;

use gateway::config::{ProcessEnvironment, SubgraphsFile, UpstreamConfig};
use gateway::supergraph::Supergraph;
use gateway::upstream::Client;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

async fn compose() -> Supergraph {
    let root = Path::new(ROOT);
    let list = root.join("supergraph.yaml");
    let mut file = SubgraphsFile::load(&list, &ProcessEnvironment).unwrap();
    // The list names its schema files from the folder it is in.
    for entry in file.subgraphs.values_mut() {
        entry.schema.file = entry.schema.file.take().map(|schema| root.join(schema));
    }
    let client = Client::new(&UpstreamConfig::default()).unwrap();
    Supergraph::compose(&file, &list, &client).await.unwrap()
}

#[tokio::test]
async fn the_stored_supergraph_is_what_the_subgraphs_compose_to() {
    let composed = compose().await;
    let stored = std::fs::read_to_string(Path::new(ROOT).join("schema/supergraph.graphql")).unwrap();
    assert!(
        stored == composed.sdl,
        "schema/supergraph.graphql is stale: cargo run -p gateway -- compose --config supergraph.yaml \
         --output schema/supergraph.graphql"
    );
}

#[tokio::test]
async fn the_subgraphs_agree_on_what_they_share() {
    let hints = compose().await.hints;
    assert!(hints.is_empty(), "composing supergraph.yaml hints at:\n{}", hints.join("\n"));
}
