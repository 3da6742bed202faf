//! Cases whose outcome is a graph, or why there is none: each is a folder with its outcomes in files.
//!
//! `api.graphql` is the schema clients see, and `NAME.plan.txt` the plan of a query, or why it is refused; where there is
//! no graph, `errors.txt` says why, one error a line. `UPDATE_CASES=1 cargo test` writes the outcomes anew, for review.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use federation::graph::Graph;
use federation::operation::{CoercedVariables, Document, Limits, normalize};
use federation::plan::{PlanOptions, plan, print};

/// Files by name.
pub(crate) type Files = BTreeMap<String, String>;

/// The folder of all cases of a kind.
pub(crate) fn root(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(kind)
}

pub(crate) fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.path().is_file());
    files
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

pub(crate) fn is_outcome(name: &str) -> bool {
    name == "api.graphql" || name == "errors.txt" || name.ends_with(".plan.txt")
}

/// What there is to see of a graph; `query` is how the names of files with queries end.
pub(crate) fn seen<E: Display>(graph: Result<Graph, Vec<E>>, files: &Files, query: &str) -> Files {
    let graph = match graph {
        Ok(graph) => graph,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(|error| format!("{error}\n")).collect();
            return Files::from([("errors.txt".to_owned(), lines.concat())]);
        }
    };
    let mut seen = Files::from([("api.graphql".to_owned(), graph.api_schema().to_string())]);
    for (name, text) in files {
        if let Some(name) = name.strip_suffix(query) {
            seen.insert(format!("{name}.plan.txt"), planned(&graph, text));
        }
    }
    seen
}

fn planned(graph: &Graph, query: &str) -> String {
    let limits = Limits::default();
    let refused = |error: &dyn Display| format!("refused: {error}\n");
    let document = match Document::parse(graph.api_schema(), query, &limits) {
        Ok(document) => document,
        Err(errors) => return errors.iter().map(|error| refused(&error.message)).collect(),
    };
    let operation = document.operation(None).unwrap();
    let mask = operation.conditions().evaluate(&CoercedVariables::default()).unwrap();
    let operation = normalize(graph, &document, operation, &mask, &limits).unwrap();
    match plan(graph, &operation, &PlanOptions::default()) {
        Ok(plan) => print(graph, &plan),
        Err(error) => format!("error: {error}\n"),
    }
}

/// The folders of the cases, in order.
pub(crate) fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Holds every case against its outcomes.
#[track_caller]
pub(crate) fn hold(root: &Path, outcome: impl Fn(&Files) -> Files) {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut problems = Vec::new();
    for folder in folders(root) {
        let mut files = files(&folder);
        let found = outcome(&files);
        files.retain(|name, _| is_outcome(name));
        if update {
            files.keys().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
            found.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
        } else if found != files {
            problems.push(format!("{}:\n--- expected\n{files:#?}\n--- found\n{found:#?}", folder.display()));
        }
    }
    assert!(problems.is_empty(), "{} problems\n\n{}", problems.len(), problems.join("\n"));
}
