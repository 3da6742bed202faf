//! Plans: subgraphs and a query in, the requests out.
//!
//! Each folder of `cases/plan` holds `subgraphs.graphql` (sections `# subgraph: NAME`), queries
//! (`NAME.query.graphql`; leading lines `# labels: a, b` and `# batched` set the options of planning) and what they
//! are planned as (`NAME.plan.txt`). `UPDATE_CASES=1 cargo test` writes the plans anew, for review.
//!
//! Whatever the plan, each of its operations must be valid in its subgraph.

mod bounds;
mod renderings;
pub(crate) mod subgraph_schema;

use std::fs;
use std::path::{Path, PathBuf};

use federation::compose::{SubgraphSdl, compose};
use federation::graph::Graph;
use federation::operation::{Document, Limits, coerce, normalize_deferred};
use federation::plan::{PlanOptions, QueryPlan, plan, print};

/// A supergraph and what it was composed of.
struct Supergraph {
    subgraphs: Vec<SubgraphSdl>,
    graph: Graph,
}

impl Supergraph {
    fn read(path: &Path) -> Self {
        Self::parse(&fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// Sections `# subgraph: NAME`, composed.
    fn parse(text: &str) -> Self {
        Self::parse_changed(text, |sdl| sdl)
    }

    /// Sections `# subgraph: NAME`, composed, with a change to the supergraph that composition would not make.
    fn parse_changed(text: &str, change: impl FnOnce(String) -> String) -> Self {
        let mut subgraphs: Vec<SubgraphSdl> = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("# subgraph: ") {
                Some(name) => subgraphs.push(SubgraphSdl {
                    name: name.to_owned(),
                    url: String::new(),
                    sdl: String::from(
                        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@key\", \"@requires\", \"@provides\", \"@external\", \"@shareable\", \"@override\", \"@inaccessible\", \"@interfaceObject\", \"@context\", \"@fromContext\"])\n",
                    ),
                }),
                None => {
                    let current = subgraphs.last_mut().expect("a line `# subgraph: NAME` comes first");
                    current.sdl.push_str(line);
                    current.sdl.push('\n');
                }
            }
        }
        let composition = compose(&subgraphs).unwrap_or_else(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            panic!("these do not compose:\n{text}\n{}", errors.join("\n"));
        });
        let graph = Graph::from_sdl(&change(composition.supergraph_sdl))
            .unwrap_or_else(|errors| panic!("{errors:#?}"));
        Self { subgraphs, graph }
    }

    fn plan(&self, query: &str) -> Result<QueryPlan, String> {
        let limits = Limits { depth: Limits::MAX_DEPTH, ..Limits::default() };
        let api = self.graph.api_schema();
        let document = Document::parse(api, query, &limits).map_err(|errors| format!("{errors:?}"))?;
        let operation = document.operation(None).map_err(|error| format!("{error:?}"))?;
        let variables = coerce(api, operation, b"{\"yes\":true,\"no\":false}", &limits)
            .or_else(|_| coerce(api, operation, b"", &limits))
            .map_err(|errors| format!("{errors:?}"))?;
        let mask = operation.conditions().evaluate(&variables).map_err(|errors| format!("{errors:?}"))?;
        let operation = normalize_deferred(&self.graph, &document, operation, &mask, &limits)
            .map_err(|error| format!("{error:?}"))?;
        let header = || query.lines().map_while(|line| line.strip_prefix("# "));
        let labels = header().find_map(|line| line.strip_prefix("labels: ")).unwrap_or_default();
        let options = PlanOptions {
            override_labels: labels.split(", ").filter(|label| !label.is_empty()).map(Into::into).collect(),
            batch_entities: header().any(|line| line == "batched"),
            ..PlanOptions::default()
        };
        plan(&self.graph, &operation, &options).map_err(|error| error.to_string())
    }
}

fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(suffix))
        .collect();
    paths.sort();
    paths
}

#[test]
fn operations_are_planned_as_written_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/plan");
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut problems = Vec::new();
    let mut count = 0;
    for folder in files(&root, "") {
        let supergraph = Supergraph::read(&folder.join("subgraphs.graphql"));
        for path in files(&folder, ".query.graphql") {
            count += 1;
            let query = fs::read_to_string(&path).unwrap();
            let outcome = supergraph.plan(&query);
            if let Ok(plan) = &outcome {
                problems.extend(
                    subgraph_schema::problems(&supergraph.subgraphs, &supergraph.graph, plan)
                        .into_iter()
                        .map(|problem| format!("{}:\n{problem}", path.display())),
                );
            }
            let actual = match outcome {
                Ok(plan) => print(&supergraph.graph, &plan),
                Err(error) => format!("error: {error}\n"),
            };
            let expected_path = PathBuf::from(path.to_str().unwrap().replace(".query.graphql", ".plan.txt"));
            let expected = fs::read_to_string(&expected_path).unwrap_or_default();
            if update {
                fs::write(&expected_path, &actual).unwrap();
            } else if expected != actual {
                problems.push(format!("{}:\n--- expected\n{expected}--- actual\n{actual}", path.display()));
            }
        }
    }
    assert!(count > 0, "no cases in {}", root.display());
    assert!(problems.is_empty(), "{} problems\n\n{}", problems.len(), problems.join("\n"));
}
