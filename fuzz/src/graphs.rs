//! The graphs that requests are fuzzed on: those of the engine's execution cases, with the cases' operations.

use std::path::{Path, PathBuf};

use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;
use federation::{Permissions, Request};

/// A supergraph with operations for it.
pub struct Case {
    /// The folder it comes from, for messages.
    pub name: String,
    /// The supergraph as SDL.
    pub sdl: String,
    /// Queries with their variables.
    pub operations: Vec<(String, String)>,
}

impl Case {
    /// The supergraph as the engine reads it.
    pub fn graph(&self) -> Graph {
        Graph::from_sdl(&self.sdl).unwrap_or_else(|errors| panic!("{}: {errors:?}", self.name))
    }

    /// The operations as requests of a caller who is known and may look at the schema.
    pub fn requests(&self) -> Vec<Request> {
        let request = |(query, variables): &(String, String)| Request {
            variables: variables.clone().into(),
            introspection: true,
            permissions: Permissions { authenticated: true, ..Permissions::default() },
            ..Request::new(query.as_str())
        };
        self.operations.iter().map(request).collect()
    }
}

/// The engine's test cases of one kind.
pub fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/federation/tests/cases").join(kind)
}

/// All folders below a folder, itself included, in order.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        open.extend(entries(&folder).into_iter().filter(|path| path.is_dir()));
        found.push(folder);
    }
    found.sort();
    found
}

/// The subgraphs whose schemas are in a folder.
pub fn subgraphs(folder: &Path) -> Vec<SubgraphSdl> {
    let is_schema = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.ends_with(".graphql")
            && !name.ends_with("query.graphql")
            && !matches!(name, "supergraph.graphql" | "expected.graphql" | "api.graphql")
    };
    let subgraph = |path: PathBuf| SubgraphSdl {
        name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
        url: String::new(),
        sdl: read(&path),
    };
    entries(folder).into_iter().filter(is_schema).map(subgraph).collect()
}

/// Every graph that composes. Which one an input chooses changes when cases are added; a finding becomes a case.
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for folder in folders(&folder("execute")) {
        let subgraphs = subgraphs(&folder);
        if let Ok(composition) = compose(&subgraphs) {
            let sdl = composition.supergraph_sdl;
            let name = folder.display().to_string();
            cases.push(Case { name, sdl, operations: Vec::new() });
        }
        let query = folder.join("query.graphql");
        // The folders around it come first in the order, the nearest with schemas last.
        let around = cases.iter_mut().rev().find(|case| folder.starts_with(&case.name));
        if let (Some(case), true) = (around, query.exists()) {
            case.operations.push((read(&query), read(&folder.join("variables.json"))));
        }
    }
    assert!(!cases.is_empty(), "no cases");
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// A file's text; empty when there is none.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
