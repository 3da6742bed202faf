//! Changes between versions of a graph: each folder of `cases/diff` holds a schema before and after, and what
//! clients must know.
//!
//! `old.graphql` and `new.graphql` are composed as the only subgraph. `changes.txt` lists the changes, each with the
//! `NAME.query.graphql` it concerns. `UPDATE_CASES=1 cargo test` writes the changes anew, for review.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use federation::compose::{SubgraphSdl, compose};
use federation::diff::{Change, ChangeKind, Coordinates, compare};
use federation::graph::Graph;
use federation::operation::{Document, Limits};

const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@inaccessible\", \"@composeDirective\"])\n";

struct Case {
    folder: PathBuf,
    changes: Vec<Change>,
    /// By name.
    operations: BTreeMap<String, Coordinates>,
}

fn graph(path: &Path) -> Graph {
    let sdl = format!("{LINK}{}", fs::read_to_string(path).unwrap());
    let subgraph = SubgraphSdl { name: "only".to_owned(), url: String::new(), sdl };
    let composition =
        compose(&[subgraph]).unwrap_or_else(|errors| panic!("{}: {}", path.display(), errors[0]));
    Graph::from_sdl(&composition.supergraph_sdl).unwrap()
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diff");
    paths(&root).into_iter().map(case).collect()
}

fn case(folder: PathBuf) -> Case {
    let (old, new) = (graph(&folder.join("old.graphql")), graph(&folder.join("new.graphql")));
    let mut operations = BTreeMap::new();
    for path in paths(&folder) {
        if let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".query.graphql") {
            let text = fs::read_to_string(&path).unwrap();
            let document = Document::parse(old.api_schema(), &text, &Limits::default())
                .unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()));
            operations.insert(name.to_owned(), Coordinates::of(&old, &document));
        }
    }
    Case { folder, changes: compare(&old, &new), operations }
}

fn report(case: &Case) -> String {
    let mut text = String::new();
    for change in &case.changes {
        writeln!(
            text,
            "{} {} {}: {}",
            change.criticality(),
            change.kind.as_str(),
            change.coordinate,
            change.message
        )
        .unwrap();
        for (name, used) in case.operations.iter().filter(|(_, used)| change.concerns(used)) {
            assert!(used.iter().count() > 0);
            writeln!(text, "  concerns {name}").unwrap();
        }
    }
    text
}

#[test]
fn changes_are_found_as_written_down() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut problems = String::new();
    for case in cases() {
        let path = case.folder.join("changes.txt");
        let found = report(&case);
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if update {
            fs::write(&path, found).unwrap();
        } else if found != expected {
            write!(problems, "{}\n--- expected\n{expected}--- found\n{found}", path.display()).unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn every_kind_of_change_has_a_case() {
    let seen: BTreeSet<ChangeKind> =
        cases().iter().flat_map(|case| case.changes.iter().map(|change| change.kind)).collect();
    let missing: Vec<&str> =
        ChangeKind::ALL.iter().filter(|kind| !seen.contains(kind)).map(|kind| kind.as_str()).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

#[test]
fn a_graph_does_not_differ_from_itself() {
    for case in cases() {
        let graph = graph(&case.folder.join("new.graphql"));
        assert_eq!(compare(&graph, &graph), [], "{}", case.folder.display());
    }
}
