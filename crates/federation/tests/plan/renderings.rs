//! Plans as JSON and as pictures: `cases/plan_renderings` holds `subgraphs.graphql`, queries (`NAME.query.graphql`)
//! and how their plans are shown (`NAME.plan.json`, `NAME.plan.mmd`). `UPDATE_CASES=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use federation::plan::{print_json, print_mermaid};

use super::{Supergraph, files};

#[test]
fn plans_are_shown_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/plan_renderings");
    let supergraph = Supergraph::read(&folder.join("subgraphs.graphql"));
    let queries = files(&folder, ".query.graphql");
    assert!(!queries.is_empty(), "no cases in {}", folder.display());
    for path in queries {
        let plan = supergraph.plan(&fs::read_to_string(&path).unwrap()).unwrap();
        check(&path, "plan.json", &print_json(&supergraph.graph, &plan));
        check(&path, "plan.mmd", &print_mermaid(&supergraph.graph, &plan));
    }
}

fn check(query: &Path, ending: &str, actual: &str) {
    let path = PathBuf::from(query.to_str().unwrap().replace("query.graphql", ending));
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(expected, actual, "{}", path.display());
}
