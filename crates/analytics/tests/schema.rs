//! The stored schema is the printed one.

use analytics::Analytics;

#[test]
fn the_stored_schema_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/analytics.graphql");
    let stored = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    let printed = subgraph::service::print_schema::<Analytics>();
    assert!(
        stored.trim_end() == printed.trim_end(),
        "{path} is stale: run `cargo run -p analytics -- --print-schema > schema/analytics.graphql`"
    );
}
