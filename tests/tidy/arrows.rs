//! Dependencies between crates and between the engine's modules point one way.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::{files, root};

/// Which of our crates each crate may use. What is not listed is not allowed.
const CRATES: [(&str, &[&str]); 10] = [
    ("federation", &[]),
    ("traces", &[]),
    ("gateway", &["federation", "traces"]),
    ("subgraph", &["traces"]),
    ("networks", &["subgraph"]),
    ("analytics", &["subgraph"]),
    ("integrations", &["subgraph"]),
    ("compliance", &["subgraph"]),
    (
        "franchise",
        &[
            "analytics",
            "compliance",
            "federation",
            "gateway",
            "integrations",
            "networks",
            "subgraph",
            "traces",
        ],
    ),
    (
        "e2e",
        &[
            "analytics",
            "compliance",
            "federation",
            "franchise",
            "gateway",
            "integrations",
            "networks",
            "subgraph",
            "traces",
        ],
    ),
];

/// Which modules of the engine each module may use.
const MODULES: [(&str, &[&str]); 7] = [
    ("syntax", &[]),
    ("graph", &["syntax"]),
    ("compose", &["graph", "syntax"]),
    ("operation", &["graph", "syntax"]),
    ("diff", &["graph", "operation"]),
    ("plan", &["graph", "operation"]),
    ("execute", &["graph", "operation", "plan"]),
];

/// What an embeddable engine must not bring along.
const NOT_IN_THE_ENGINE: [&str; 8] =
    ["tokio", "axum", "hyper", "sea-orm", "sqlx", "redis", "async-graphql", "tracing-subscriber"];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn crates_use_only_what_the_design_allows() {
    let metadata = metadata();
    let ours: BTreeMap<&str, &[&str]> = CRATES.into_iter().collect();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        if !package["source"].is_null() {
            continue;
        }
        let name = text(&package["name"]);
        let Some(allowed) = ours.get(name) else {
            wrong.push(format!("`{name}` is not in the table of crates"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = text(&dependency["name"]);
            let dev = dependency["kind"] == "dev";
            if ours.contains_key(used) && !allowed.contains(&used) && !(dev && used == name) {
                wrong.push(format!("`{name}` must not use `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_brings_no_runtime_server_or_database_along() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "federation", "--edges", "normal", "--prefix", "none", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let wrong: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| NOT_IN_THE_ENGINE.contains(name))
        .collect();
    assert!(wrong.is_empty(), "federation depends on {wrong:?}");
}

#[test]
fn the_engines_modules_use_only_what_the_design_allows() {
    let engine = root().join("crates/federation/src");
    let mut wrong = Vec::new();
    for (module, allowed) in MODULES {
        for file in files(&engine.join(module), "rs") {
            // Tests hold stages to each other.
            let inside = file.strip_prefix(&engine).unwrap();
            if inside.iter().any(|part| part == "tests" || part == "tests.rs") {
                continue;
            }
            for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
                let Some((_, used)) = line.split_once("crate::") else { continue };
                let used = used.trim_start_matches('{');
                let stages = MODULES.map(|(name, _)| name);
                let Some(stage) = stages.into_iter().find(|stage| {
                    used.strip_prefix(stage)
                        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
                }) else {
                    continue;
                };
                if stage != module && !allowed.iter().any(|allowed| used.starts_with(allowed)) {
                    wrong.push(format!(
                        "{}:{}: `{module}` must not use `{stage}`",
                        file.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
