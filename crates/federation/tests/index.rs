//! The table of hard cases in `tests/cases/README.md` is complete and true.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The rows of the table: numbers and places.
fn rows() -> Vec<(u32, Vec<String>)> {
    let table = fs::read_to_string(package().join("tests/cases/README.md")).expect("the table");
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let number = cells.next()?.parse().ok()?;
        let places = cells.nth(1)?.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((number, places))
    };
    table.lines().filter_map(row).collect()
}

/// Why a place does not hold anything.
fn problem(place: &str) -> Option<String> {
    let Some((file, test)) = place.split_once("::") else {
        let is_file = place.ends_with(".rs") && package().join(place).is_file();
        let holds = is_file || holds_case(&package().join("tests/cases").join(place));
        return (!holds).then(|| format!("`{place}` holds no case"));
    };
    let text = fs::read_to_string(package().join(file)).unwrap_or_default();
    let found = text.contains(&format!("#[test]\nfn {test}("));
    (!found).then(|| format!("there is no test `{test}` in `{file}`"))
}

/// Whether there is a file in a folder or below.
fn holds_case(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).any(|path| path.is_file() || holds_case(&path))
}

#[test]
fn every_hard_case_has_its_place() {
    let rows = rows();
    let numbers: BTreeSet<u32> = rows.iter().map(|(number, _)| *number).collect();
    let missing: Vec<u32> = (1..=100).filter(|number| !numbers.contains(number)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    assert_eq!(rows.len(), numbers.len(), "a number stands twice");
    let problems = rows.iter().flat_map(|(number, places)| {
        let empty = places.is_empty().then(|| "there is no place".to_owned());
        let wrong = places.iter().filter_map(|place| problem(place)).chain(empty);
        wrong.map(move |problem| format!("{number}: {problem}"))
    });
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
