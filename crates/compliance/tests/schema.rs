//! The schema that is checked in is the schema the service prints.

use std::path::Path;

use subgraph::service::print_schema;

#[test]
fn the_schema_file_is_what_the_service_prints() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/compliance.graphql");
    let stored = std::fs::read_to_string(file).unwrap();
    let printed = print_schema::<compliance::Compliance>();
    assert!(
        stored.trim_end() == printed.trim_end(),
        "run `cargo run -p compliance -- --print-schema > schema/compliance.graphql`"
    );
}
