//! `gateway compose --check-against`: what a new schema changes for clients.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{fails, folder, run, succeeds};

const OLD: &str = "type Query { shop(id: ID!): Shop old: Int }
type Shop { name: String! area: Float phone: String }
";

/// A composed schema, the list with another one, and stored operations.
fn changed(new: &str) -> TempDir {
    let list = "subgraphs:\n  shops:\n    routing_url: http://127.0.0.1:4001/graphql\n    schema: { file: shops.graphql }\n";
    let folder = folder(&[("supergraph.yaml", list), ("shops.graphql", OLD)]);
    succeeds(folder.path(), &["compose", "--config", "supergraph.yaml", "--output", "old.graphql"]);
    fs::write(folder.path().join("shops.graphql"), new).unwrap();
    let operations = folder.path().join("operations");
    fs::create_dir(&operations).unwrap();
    for (name, text) in [
        ("area-of-shop.graphql", "query Area($id: ID!) { shop(id: $id) { area } }"),
        ("name-of-shop.graphql", "query Name($id: ID!) { shop(id: $id) { name } }"),
        ("not-yet.graphql", "query Email($id: ID!) { shop(id: $id) { email } }"),
    ] {
        fs::write(operations.join(name), text).unwrap();
    }
    folder
}

const CHECK: [&str; 7] = [
    "compose",
    "--config",
    "supergraph.yaml",
    "--check-against",
    "old.graphql",
    "--operations",
    "operations",
];

const BREAKING: &str = "type Query { shop(id: ID!): Shop }
type Shop { name: String! area: Int phone: String @deprecated(reason: \"nobody calls\") email: String }
";

#[test]
fn breaking_changes_fail_and_name_the_operations_they_concern() {
    let folder = changed(BREAKING);
    let arguments = [&CHECK[..], &["--output", "new.graphql"]].concat();
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "breaking  FIELD_REMOVED `Query.old` was removed
breaking  FIELD_TYPE_CHANGED the type of `Shop.area` was `Float` and is `Int` now
          concerns area-of-shop
safe      FIELD_ADDED `Shop.email` was added
safe      DEPRECATED `Shop.phone` is deprecated now: nobody calls
skipped   operations/not-yet.graphql:1:41: type `Shop` does not have a field `email`
2 breaking, 0 dangerous, 2 safe; 2 stored operations compared
"
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: 2 breaking change(s) against old.graphql; nothing was written\n"
    );
    assert!(!folder.path().join("new.graphql").exists());
}

#[test]
fn changes_are_listed_for_programs() {
    let folder = changed(BREAKING);
    let output = run(folder.path(), &[&CHECK[..], &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["breaking"], &report["safe"]), (&json!(2), &json!(2)));
    assert_eq!(
        report["changes"][1],
        json!({
            "criticality": "breaking",
            "kind": "FIELD_TYPE_CHANGED",
            "coordinate": "Shop.area",
            "message": "the type of `Shop.area` was `Float` and is `Int` now",
            "operations": ["area-of-shop"],
        })
    );
    assert_eq!(report["operationsCompared"], 2);
    assert_eq!(report["operationsBroken"], json!([]));
    assert_eq!(report["operationsSkipped"][0]["file"], "operations/not-yet.graphql");
}

#[test]
fn changes_that_break_nothing_are_written() {
    let folder = changed(&OLD.replace("phone: String", "phone: String email: String"));
    let text = succeeds(folder.path(), &[&CHECK[..], &["--output", "old.graphql"]].concat());
    assert!(text.starts_with("safe      FIELD_ADDED `Shop.email` was added\n"), "{text}");
    assert!(text.ends_with("0 breaking, 0 dangerous, 1 safe; 2 stored operations compared\n"), "{text}");
    assert!(fs::read_to_string(folder.path().join("old.graphql")).unwrap().contains("email"));
}

#[test]
fn an_operation_that_is_no_longer_valid_fails_the_check() {
    let folder = changed(&OLD.replace("name: String!", "name(short: Boolean!): String!"));
    let output = run(folder.path(), &CHECK);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("broken    operations/name-of-shop.graphql:1:"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = changed(OLD);
    let against = |old| ["compose", "--config", "supergraph.yaml", "--check-against", old];
    assert!(fails(folder.path(), &against("gone.graphql"), 1).contains("gone.graphql: cannot be read"));
    assert!(
        fails(folder.path(), &against("shops.graphql"), 1).contains("shops.graphql: no `@link` to the join")
    );
    let no_folder = [&against("old.graphql")[..], &["--operations", "nowhere"]].concat();
    assert!(fails(folder.path(), &no_folder, 1).contains("nowhere: the folder cannot be read"));
}
