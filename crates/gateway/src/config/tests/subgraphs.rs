//! Lists of subgraphs.

use super::load_subgraphs;

#[test]
fn a_list_of_subgraphs_is_read() {
    let file = load_subgraphs(
        "federation_version: =2.9.0
subgraphs:
  products:
    routing_url: http://127.0.0.1:4001/graphql
    schema: { file: ./products.graphql }
  reviews:
    schema:
      subgraph_url: http://127.0.0.1:4002/graphql
      introspection_headers: { authorization: Bearer x }
",
    )
    .unwrap();
    assert!(file.subgraphs["products"].schema.file.as_ref().unwrap().is_absolute());
    assert_eq!(file.subgraphs["reviews"].url(), "http://127.0.0.1:4002/graphql");
    assert!(
        load_subgraphs("federation_version: 2\nsubgraphs: { a: { schema: { subgraph_url: http://a } } }")
            .is_ok()
    );
}

#[test]
fn problems_of_a_list_of_subgraphs_have_places() {
    let problems = load_subgraphs(
        "federation_version: 1
subgraphs:
  products:
    schema: { file: ./products.graphql }
  reviews:
    routing_url: reviews
    schema: { }
  users:
    routing_url: http://127.0.0.1:4002
    shema: { file: a }
",
    );
    assert_eq!(
        problems.unwrap_err(),
        "supergraph.yaml:10:5: `subgraphs.users.shema`: unknown key; did you mean `schema`?"
    );
    let problems = load_subgraphs(
        "federation_version: 1
subgraphs:
  products:
    schema: { file: ./products.graphql }
  reviews:
    routing_url: reviews
    schema: { }
",
    );
    let expected = [
        "supergraph.yaml:1:1: `federation_version`: only version 2 is composed; write `=2.9.0` or leave it out",
        "supergraph.yaml:3:3: `subgraphs.products`: the key `routing_url` is missing: a schema does not tell \
         where the service is",
        "supergraph.yaml:6:5: `subgraphs.reviews.routing_url`: expected a URL such as \
         `http://127.0.0.1:4001/graphql`",
        "supergraph.yaml:7:5: `subgraphs.reviews.schema`: needs exactly one of `file`, `sdl` and `subgraph_url`",
    ];
    assert_eq!(problems.unwrap_err(), expected.join("\n"));
}
