//! Documents name only what exists.

use super::root;

/// Words in backticks that look like paths of this repository.
fn named_paths(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut paths = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        if in_block {
            continue;
        }
        for word in line.split('`').skip(1).step_by(2) {
            let starts = ["crates/", "schema/", "tests/", "deploy/", "docs/", ".ci/", ".config/"];
            if starts.iter().any(|start| word.starts_with(start)) && !word.contains(['*', '{', '<', ' ']) {
                paths.push(word.trim_end_matches('/').to_owned());
            }
        }
    }
    paths
}

#[test]
fn every_path_named_in_a_document_exists() {
    let mut missing = Vec::new();
    let pages = std::fs::read_dir(root().join("docs")).unwrap();
    let pages = pages.map(|page| format!("docs/{}", page.unwrap().file_name().to_string_lossy()));
    for document in ["README.md", "ARCHITECTURE.md"].map(str::to_owned).into_iter().chain(pages) {
        let text = std::fs::read_to_string(root().join(&document)).unwrap();
        let paths = named_paths(&text);
        for path in paths {
            if !root().join(&path).exists() {
                missing.push(format!("{document} names `{path}`, which does not exist"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_architecture_names_every_crate() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for entry in std::fs::read_dir(root().join("crates")).unwrap().flatten() {
        let path = format!("crates/{}", entry.file_name().to_string_lossy());
        assert!(text.contains(&path), "ARCHITECTURE.md does not say what `{path}` is");
    }
}
