//! `gateway validate`: operations against a schema.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{fails, run, shop_files, succeeds};

/// The shop's schema, a good operation, one that is not, and some that could be better.
fn shop() -> TempDir {
    let folder = shop_files();
    succeeds(folder.path(), &["compose", "--config", "supergraph.yaml", "--output", "supergraph.graphql"]);
    let operations = folder.path().join("operations");
    fs::create_dir(&operations).unwrap();
    for (name, text) in [
        ("best.graphql", "query Best($id: ID!) { product(id: $id) { name reviews { body } } }"),
        ("wrong.graphql", "query Wrong {\n  products { nam }\n}"),
    ] {
        fs::write(operations.join(name), text).unwrap();
    }
    folder
}

const ALL: [&str; 5] = ["validate", "--supergraph", "supergraph.graphql", "--operations", "operations"];

#[test]
fn operations_are_judged_one_by_one() {
    let folder = shop();
    let output = run(folder.path(), &ALL);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "operations/best.graphql Best: valid, cost 11, 2 requests in 2 steps
  cost 10: `product.reviews`, 10 values (not bounded)
  cost 1: `product`
  advice: `Product.reviews` is a list without bound, 10 values are assumed: add paging, or declare `@listSize(assumedSize:)`
  advice: `reviews` is asked for `reviews` alone: the field costs a request of its own
operations/wrong.graphql: not valid
  error: operations/wrong.graphql:2:14: type `Product` does not have a field `nam`; did you mean `name`?
"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: 1 of 2 operation(s) are not accepted\n");
}

#[test]
fn judgements_are_written_for_programs() {
    let folder = shop();
    let output = run(folder.path(), &[&ALL[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["invalid"], 1);
    let best = &report["operations"][0];
    assert_eq!((&best["cost"], &best["requests"], &best["steps"]), (&json!(11), &json!(2), &json!(2)));
    assert_eq!(
        best["fields"][2],
        json!({ "path": ["product", "reviews"], "coordinate": "Product.reviews", "times": 1, "cost": 10,
                "size": 10, "sizeFrom": "not bounded" })
    );
    let error = &report["operations"][1]["errors"][0];
    assert_eq!((&error["line"], &error["column"]), (&json!(2), &json!(14)));
}

#[test]
fn an_operation_that_costs_too_much_is_not_accepted() {
    let folder = shop();
    let one = ["validate", "--compose", "supergraph.yaml", "--operation", "query.graphql"];
    assert!(succeeds(folder.path(), &[&one[..], &["--max-cost", "11"]].concat()).contains("valid, cost 11"));
    let output = run(folder.path(), &[&one[..], &["--max-cost", "100", "--list-size", "200"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("error: query.graphql: costs 201, at most 100 are allowed"), "{text}");
}

#[test]
fn variables_decide_what_is_included() {
    let folder = shop();
    let query = "query A($more: Boolean!) { product(id: 1) { name reviews @include(if: $more) { body } } }";
    fs::write(folder.path().join("query.graphql"), query).unwrap();
    let one = ["validate", "--supergraph", "supergraph.graphql", "--operation", "query.graphql"];
    assert!(succeeds(folder.path(), &one).contains("cost 11, 2 requests"), "the dearest way counts");
    let less = [&one[..], &["--variables", "{\"more\": false}"]].concat();
    assert!(succeeds(folder.path(), &less).contains("cost 1, 1 request in 1 step"));
}

#[test]
fn nothing_to_validate_is_an_error() {
    let folder = shop();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let empty = ["validate", "--supergraph", "supergraph.graphql", "--operations", "empty"];
    assert_eq!(fails(folder.path(), &empty, 1), "error: empty: has no `.graphql` files; check the path\n");
    fs::write(folder.path().join("query.graphql"), "fragment F on Product { name }").unwrap();
    let fragment = ["validate", "--supergraph", "supergraph.graphql", "--operation", "query.graphql"];
    assert_eq!(run(folder.path(), &fragment).status.code(), Some(1));
    let neither = ["validate", "--supergraph", "supergraph.graphql"];
    assert!(fails(folder.path(), &neither, 2).contains("--operation <FILE>|--operations <FOLDER>"));
}
