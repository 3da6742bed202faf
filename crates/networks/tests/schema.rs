//! The printed schema.

use networks::Networks;
use subgraph::service::print_schema;

#[test]
fn the_schema_file_equals_what_the_service_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/networks.graphql");
    let file = std::fs::read_to_string(path).unwrap();
    assert!(
        file == print_schema::<Networks>(),
        "schema/networks.graphql is stale: cargo run -p networks -- --print-schema > schema/networks.graphql"
    );
}
