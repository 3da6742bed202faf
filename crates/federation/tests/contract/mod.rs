//! Parts of a supergraph: each folder of `cases/contract` holds one, or shares the subgraphs of the folder around it.
//!
//! `NAME.graphql` is the schema of subgraph NAME. `contract.txt` says what is shown, a line each of what is given:
//! `include: TAGS`, `exclude: TAGS`, and `holds: authenticated, scope NAME, policy NAME` for a caller to whom nothing
//! else is shown. Expected are `api.graphql`, the schema clients see, and for every `NAME.query` its plan or why it is
//! refused, `NAME.plan.txt`; where there is no such part, `errors.txt` says why, one error a line.
//! `UPDATE_CASES=1 cargo test` writes the outcomes anew, for review.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use federation::compose::{SubgraphSdl, compose};
use federation::graph::{Access, Contract, Graph};
use federation::operation::{CoercedVariables, Document, Limits, normalize};
use federation::plan::{PlanOptions, plan, print};

/// Files by name.
type Files = BTreeMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/contract")
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.path().is_file());
    files
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

fn is_outcome(name: &str) -> bool {
    name == "api.graphql" || name == "errors.txt" || name.ends_with(".plan.txt")
}

fn subgraphs(files: &Files) -> Vec<SubgraphSdl> {
    let schemas = files.iter().filter(|(name, _)| !is_outcome(name));
    let named = schemas.filter_map(|(name, sdl)| Some((name.strip_suffix(".graphql")?, sdl)));
    named
        .map(|(name, sdl)| SubgraphSdl { name: name.to_owned(), url: String::new(), sdl: sdl.clone() })
        .collect()
}

/// What a line of `contract.txt` lists.
fn listed<'a>(contract: &'a str, key: &str) -> Option<Vec<&'a str>> {
    let mut lines = contract.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| *known == key).map(|(_, names)| names.split(", ").collect())
}

fn tags(contract: &str, key: &str) -> BTreeSet<Arc<str>> {
    listed(contract, key).unwrap_or_default().into_iter().map(Arc::from).collect()
}

fn is_denied(access: &Access, held: &[&str]) -> bool {
    let holds = |kind: &str, name: &str| held.contains(&format!("{kind} {name}").as_str());
    let met = |demands: &Option<federation::graph::Demands>, kind: &str| {
        demands.as_ref().is_none_or(|demands| demands.are_met(|name| holds(kind, name)))
    };
    let known = !access.authenticated || held.contains(&"authenticated");
    !(known && met(&access.scopes, "scope") && met(&access.policies, "policy"))
}

fn planned(graph: &Graph, query: &str) -> String {
    let limits = Limits::default();
    let refused = |error: String| format!("refused: {error}\n");
    let document = match Document::parse(graph.api_schema(), query, &limits) {
        Ok(document) => document,
        Err(errors) => return errors.iter().map(|error| refused(error.message.clone())).collect(),
    };
    let operation = document.operation(None).unwrap();
    let mask = operation.conditions().evaluate(&CoercedVariables::default()).unwrap();
    let operation = normalize(graph, &document, operation, &mask, &limits).unwrap();
    print(graph, &plan(graph, &operation, &PlanOptions::default()).unwrap())
}

fn outcome(files: &Files, subgraphs: &[SubgraphSdl]) -> Files {
    let graph = Graph::from_sdl(&compose(subgraphs).unwrap().supergraph_sdl).unwrap();
    let said = &files["contract.txt"];
    let contract = Contract { include: tags(said, "include"), exclude: tags(said, "exclude") };
    let held = listed(said, "holds");
    let denied = |access: &Access| held.as_ref().is_some_and(|held| is_denied(access, held));
    let part = match graph.contract(&contract, &denied) {
        Ok(part) => part,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(|error| format!("{error}\n")).collect();
            return Files::from([("errors.txt".to_owned(), lines.concat())]);
        }
    };
    let mut outcome = Files::from([("api.graphql".to_owned(), part.api_schema().to_string())]);
    for (name, text) in files {
        if let Some(name) = name.strip_suffix(".query") {
            outcome.insert(format!("{name}.plan.txt"), planned(&part, text));
        }
    }
    outcome
}

#[test]
fn parts_show_what_contracts_say() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let shared = subgraphs(&files(&root()));
    let mut problems = Vec::new();
    for folder in folders() {
        let mut files = files(&folder);
        let own = subgraphs(&files);
        let found = outcome(&files, if own.is_empty() { &shared } else { &own });
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

#[test]
fn what_everybody_sees_is_the_part_without_conditions() {
    let shared = subgraphs(&files(&root()));
    let graph = Graph::from_sdl(&compose(&shared).unwrap().supergraph_sdl).unwrap();
    let part = graph.contract(&Contract::default(), &|_| false).unwrap();
    assert_eq!(part.api_schema().to_string(), graph.api_schema().to_string());
}
