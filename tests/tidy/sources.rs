//! What every source file and manifest keeps to.

use super::{files, root};

/// A hand-written file longer than this owns more than one thing.
const MAX_LINES: usize = 600;

/// Names that say nothing about what a module owns.
const NOT_A_NAME: [&str; 5] = ["utils", "util", "common", "helpers", "prelude"];

#[test]
fn every_file_opens_with_what_it_owns_and_stays_readable() {
    let mut wrong = Vec::new();
    for file in [files(&root().join("crates"), "rs"), files(&root().join("tests"), "rs")].concat() {
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = file.strip_prefix(root()).unwrap().display();
        if !text.starts_with("//! ") {
            wrong.push(format!("{shown}: the first line must be `//! ` and what the file owns"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{shown}: {lines} lines, at most {MAX_LINES}: split it by what it owns"));
        }
        if text.contains(concat!("#[", "ignore")) {
            wrong.push(format!("{shown}: an ignored test proves nothing"));
        }
        let reexports =
            text.lines().any(|line| line.trim_start().starts_with("pub use") && line.contains("::*"));
        if reexports {
            wrong.push(format!("{shown}: a glob re-export hides where names come from"));
        }
        if file.file_stem().is_some_and(|stem| NOT_A_NAME.iter().any(|name| stem == *name)) {
            wrong.push(format!("{shown}: name the module after what it owns"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn versions_and_lints_stand_in_the_root_manifest_only() {
    let mut wrong = Vec::new();
    for manifest in
        files(&root().join("crates"), "toml").into_iter().chain(files(&root().join("tests"), "toml"))
    {
        if !manifest.ends_with("Cargo.toml") {
            continue;
        }
        let shown = manifest.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&manifest).unwrap();
        if !text.contains("[lints]\nworkspace = true") {
            wrong.push(format!("{shown}: must inherit the workspace's lints"));
        }
        for (number, line) in text.lines().enumerate() {
            if line.contains("version = \"") {
                wrong.push(format!("{shown}:{}: versions belong in the root manifest", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
