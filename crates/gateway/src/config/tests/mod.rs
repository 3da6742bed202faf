//! Configuration files, good and bad.

mod files;
mod problems;
mod shown;
mod stores;
mod subgraphs;
mod telemetry;
mod upstream;

use std::collections::BTreeMap;
use std::path::Path;

use super::{Config, Problems, SubgraphsFile};

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.yaml");
    std::fs::write(&path, text).unwrap();
    Config::load(&path, &environment(variables)).map_err(|problems| shown(&problems, folder.path()))
}

fn load_subgraphs(text: &str) -> Result<SubgraphsFile, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supergraph.yaml");
    std::fs::write(&path, text).unwrap();
    SubgraphsFile::load(&path, &environment(&[])).map_err(|problems| shown(&problems, folder.path()))
}

fn shown(problems: &Problems, folder: &Path) -> String {
    problems.to_string().replace(&format!("{}/", folder.display()), "")
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let problems = load(text, &[]).expect_err("the configuration is accepted");
    assert_eq!(problems, expected.join("\n"), "for\n{text}");
}
