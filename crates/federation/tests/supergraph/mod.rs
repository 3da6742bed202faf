//! Supergraphs as producers write them: each folder of `cases/supergraph` holds one document and what is read of it.
//!
//! `supergraph.graphql` is the document. `api.graphql` is the schema clients see, and `NAME.plan.txt` the plan of
//! `NAME.query.graphql`; where the document is refused, `errors.txt` says why, one error a line.
//! `UPDATE_CASES=1 cargo test` writes the outcomes anew, for review.

mod hostile;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use federation::graph::Graph;
use federation::operation::{CoercedVariables, Document, Limits, normalize};
use federation::plan::{PlanOptions, plan, print};

/// Outcomes by file name.
type Outcome = BTreeMap<String, String>;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/supergraph");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn is_outcome(name: &str) -> bool {
    name == "api.graphql" || name == "errors.txt" || name.ends_with(".plan.txt")
}

fn planned(graph: &Graph, query: &str) -> String {
    let limits = Limits::default();
    let document = Document::parse(graph.api_schema(), query, &limits).unwrap();
    let operation = document.operation(None).unwrap();
    let mask = operation.conditions().evaluate(&CoercedVariables::default()).unwrap();
    let operation = normalize(graph, &document, operation, &mask, &limits).unwrap();
    match plan(graph, &operation, &PlanOptions::default()) {
        Ok(plan) => print(graph, &plan),
        Err(error) => format!("error: {error}\n"),
    }
}

fn outcome(files: &BTreeMap<String, String>) -> Outcome {
    let graph = match Graph::from_sdl(&files["supergraph.graphql"]) {
        Ok(graph) => graph,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(|error| format!("{error}\n")).collect();
            return Outcome::from([("errors.txt".to_owned(), lines.concat())]);
        }
    };
    let mut outcome = Outcome::from([("api.graphql".to_owned(), graph.api_schema().to_string())]);
    for (name, text) in files {
        if let Some(name) = name.strip_suffix(".query.graphql") {
            outcome.insert(format!("{name}.plan.txt"), planned(&graph, text));
        }
    }
    outcome
}

#[test]
fn supergraphs_of_any_producer_are_read_as_written_down() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut problems = Vec::new();
    for folder in folders() {
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
