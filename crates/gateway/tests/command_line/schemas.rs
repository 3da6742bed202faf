//! Where `gateway compose` takes schemas from, and what it says of them.

use std::fs;

use super::{command, fails, folder, shop_files, succeeds};
use crate::harness::{PRODUCTS, REVIEWS};

#[test]
fn a_schema_may_stand_in_the_list() {
    let indented = |sdl: &str| sdl.lines().map(|line| format!("        {line}\n")).collect::<String>();
    let list = format!(
        "federation_version: 2
subgraphs:
  products:
    routing_url: http://127.0.0.1:4001/graphql
    schema:
      sdl: |
{}  reviews:
    routing_url: http://127.0.0.1:4002/graphql
    schema:
      file: reviews.graphql
",
        indented(PRODUCTS)
    );
    let folder = folder(&[("supergraph.yaml", &list), ("reviews.graphql", REVIEWS)]);
    let inline = succeeds(folder.path(), &["compose", "--config", "supergraph.yaml"]);
    let from_files = succeeds(shop_files().path(), &["compose", "--config", "supergraph.yaml"]);
    assert_eq!(inline, from_files);
}

#[test]
fn routing_urls_come_from_the_environment() {
    let folder = shop_files();
    let output = command(folder.path())
        .args(["compose", "--config", "supergraph.yaml"])
        .env("PRODUCTS_URL", "http://products.internal/graphql")
        .output()
        .unwrap();
    let sdl = String::from_utf8(output.stdout).unwrap();
    assert!(sdl.contains("http://products.internal/graphql"), "{sdl}");
}

#[test]
fn a_registry_is_not_asked() {
    let list = "subgraphs:\n  a:\n    schema: { graphref: mine@prod, subgraph: a }\n";
    let folder = folder(&[("supergraph.yaml", list)]);
    assert_eq!(
        fails(folder.path(), &["compose", "--config", "supergraph.yaml"], 1),
        "error: supergraph.yaml:3:5: `subgraphs.a.schema`: schemas of a registry are not fetched; save the schema \
         and name it with `file`\n"
    );
}

#[test]
fn a_field_that_cannot_be_reached_is_shown_with_a_query_and_the_reasons() {
    let folder = shop_files();
    let lost = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\"])
type Product @key(fields: \"id\", resolvable: false) { id: ID! reviews: [Int] }
";
    fs::write(folder.path().join("reviews.graphql"), lost).unwrap();
    let text = fails(folder.path(), &["compose", "--config", "supergraph.yaml"], 1);
    for phrase in [
        "error[SATISFIABILITY_ERROR]: `Product.reviews` cannot be resolved by `{ ",
        "reviews.graphql:2:",
        "note: `products` does not have `Product.reviews`",
        "note: `reviews` resolves `Product.reviews`, but has no resolvable `@key` for `Product`",
        "help: ",
    ] {
        assert!(text.contains(phrase), "lacks {phrase}\n{text}");
    }
}
