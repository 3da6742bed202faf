//! The printed schema is the one in the repository.

use integrations::Integrations;
use subgraph::service::print_schema;

#[test]
fn the_schema_file_is_what_the_service_prints() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/integrations.graphql");
    let written = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        written.trim_end(),
        print_schema::<Integrations>().trim_end(),
        "run `cargo run -p integrations -- --print-schema > schema/integrations.graphql`"
    );
}
