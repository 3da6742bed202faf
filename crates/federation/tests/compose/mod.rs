//! Composition cases: each folder of `cases/compose` holds subgraphs and what composing them gives.
//!
//! `NAME.graphql` is subgraph NAME. The outcome is in `expected.graphql` (without the definitions every supergraph
//! has) or `errors.txt`, and in `hints.txt` when there are hints. `UPDATE_CASES=1 cargo test` writes the outcomes
//! anew, for review.

mod agreement;
mod hostile;
mod large;
mod printed_schemas;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Document};
use federation::compose::{Code, Composition, Diagnostic, SubgraphSdl, compose};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

const RESERVED: [&str; 1] = ["expected.graphql"];

struct Case {
    name: String,
    folder: PathBuf,
    subgraphs: Vec<SubgraphSdl>,
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    expected: Option<String>,
    errors: Option<String>,
    hints: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/compose")
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    collect(&root(), &mut cases);
    assert!(!cases.is_empty(), "no cases in {}", root().display());
    cases
}

fn collect(folder: &Path, cases: &mut Vec<Case>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut subgraphs = Vec::new();
    for path in paths {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            collect(&path, cases);
        } else if let Some(name) = file.strip_suffix(".graphql")
            && !RESERVED.contains(&file.as_str())
        {
            subgraphs.push(SubgraphSdl {
                name: name.to_owned(),
                url: format!("http://{name}"),
                sdl: fs::read_to_string(&path).unwrap(),
            });
        }
    }
    if !subgraphs.is_empty() {
        let name = folder.strip_prefix(root()).unwrap().display().to_string();
        cases.push(Case { name, folder: folder.to_owned(), subgraphs });
    }
}

fn report(diagnostics: &[Diagnostic]) -> Option<String> {
    let mut text = String::new();
    for diagnostic in diagnostics {
        writeln!(text, "{diagnostic}").unwrap();
    }
    (!text.is_empty()).then_some(text)
}

/// The supergraph without what is the same in all of them.
fn essence(sdl: &str) -> String {
    let mut document = Document::parse(sdl, "supergraph.graphql").expect("the supergraph parses");
    document.definitions.retain(|definition| match definition {
        Definition::SchemaDefinition(_) => true,
        other => other.name().is_none_or(|name| {
            name == "join__Graph" || !(name.starts_with("join__") || name.starts_with("link"))
        }),
    });
    document.to_string()
}

fn outcome(subgraphs: &[SubgraphSdl]) -> Outcome {
    match compose(subgraphs) {
        Ok(Composition { supergraph_sdl, hints }) => {
            if let Err(failure) = Schema::parse_and_validate(&supergraph_sdl, "supergraph.graphql") {
                panic!("the supergraph is not valid GraphQL:\n{}\n{supergraph_sdl}", failure.errors);
            }
            Outcome { expected: Some(essence(&supergraph_sdl)), errors: None, hints: report(&hints) }
        }
        Err(errors) => Outcome { expected: None, errors: report(&errors), hints: None },
    }
}

fn stored(folder: &Path) -> Outcome {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    Outcome { expected: read("expected.graphql"), errors: read("errors.txt"), hints: read("hints.txt") }
}

fn store(folder: &Path, outcome: &Outcome) {
    let files = [
        ("expected.graphql", &outcome.expected),
        ("errors.txt", &outcome.errors),
        ("hints.txt", &outcome.hints),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        match text {
            Some(text) => fs::write(&path, text).unwrap(),
            None if path.exists() => fs::remove_file(&path).unwrap(),
            None => {}
        }
    }
}

#[test]
fn every_case_has_the_outcome_its_folder_says() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut failures = String::new();
    for case in cases() {
        let found = outcome(&case.subgraphs);
        if update {
            store(&case.folder, &found);
        } else if found != stored(&case.folder) {
            writeln!(failures, "== {}\nexpected: {:#?}\nfound: {found:#?}", case.name, stored(&case.folder))
                .unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Orders to compose in: all of them up to three subgraphs, some beyond.
fn orders(case: &Case) -> Vec<Vec<SubgraphSdl>> {
    match case.subgraphs.as_slice() {
        [_] => Vec::new(),
        [a, b] => vec![vec![b.clone(), a.clone()]],
        [a, b, c] => {
            let orders = [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]];
            orders.into_iter().map(|order| order.into_iter().cloned().collect()).collect()
        }
        more => {
            let mut random = Pcg64::seed_from_u64(more.len() as u64);
            let mut shuffled = || {
                let mut order = more.to_vec();
                order.shuffle(&mut random);
                order
            };
            (0..6).map(|_| shuffled()).collect()
        }
    }
}

#[test]
fn the_order_of_subgraphs_does_not_matter() {
    for case in cases() {
        let composed = compose(&case.subgraphs);
        for order in orders(&case) {
            let names: Vec<&str> = order.iter().map(|subgraph| subgraph.name.as_str()).collect();
            assert_eq!(compose(&order), composed, "case {} in the order {names:?}", case.name);
        }
    }
}

/// Only a graph far too large for a case has so many ways through it; a unit test lowers the limit instead.
const WITHOUT_CASE: [Code; 1] = [Code::MaxValidationSubgraphPathsExceeded];

/// The codes of all findings of a case.
fn codes(case: &Case) -> BTreeSet<Code> {
    let findings = match compose(&case.subgraphs) {
        Ok(composition) => composition.hints,
        Err(errors) => errors,
    };
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn every_code_has_a_case_that_shows_it_and_one_beside_it_that_does_not() {
    let seen: BTreeMap<String, BTreeSet<Code>> =
        cases().into_iter().map(|case| (case.name.clone(), codes(&case))).collect();
    let is_paired = |code: &Code| {
        seen.iter().any(|(name, found)| {
            let beside = seen.get(&format!("{name}_passes"));
            found.contains(code) && beside.is_some_and(|beside| !beside.contains(code))
        })
    };
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !is_paired(code) && !WITHOUT_CASE.contains(code))
        .map(|code| code.as_str())
        .collect();
    assert!(missing.is_empty(), "no case `NAME` beside a case `NAME_passes` shows {missing:?}");
}

#[test]
fn the_table_of_rules_names_every_case() {
    let table = fs::read_to_string(root().join("README.md")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.rsplit('|').nth(1));
    let listed: BTreeSet<&str> = rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let known: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    let invented: Vec<&&str> = listed.iter().filter(|name| !known.contains(**name)).collect();
    let is_listed = |name: &str| {
        listed.contains(name) || name.strip_suffix("_passes").is_some_and(|beside| listed.contains(beside))
    };
    let missing: Vec<&String> = known.iter().filter(|name| !is_listed(name)).collect();
    assert!(invented.is_empty() && missing.is_empty(), "no such case: {invented:?}; not listed: {missing:?}");
}

#[test]
fn cases_named_for_passing_pass() {
    let failing: Vec<String> = cases()
        .into_iter()
        .filter(|case| case.name.ends_with("_passes") && compose(&case.subgraphs).is_err())
        .map(|case| case.name)
        .collect();
    assert!(failing.is_empty(), "{failing:?} do not compose");
}

#[test]
fn every_supergraph_defines_the_join_and_link_machinery() {
    let subgraph =
        SubgraphSdl { name: "a".to_owned(), url: String::new(), sdl: "type Query { a: Int }".to_owned() };
    let sdl = compose(&[subgraph]).unwrap().supergraph_sdl;
    assert_eq!(sdl, include_str!("smallest_supergraph.graphql"), "found:\n{sdl}");
}

#[test]
fn every_finding_names_a_place() {
    for case in cases() {
        let findings = match compose(&case.subgraphs) {
            Ok(composition) => composition.hints,
            Err(errors) => errors,
        };
        for finding in findings {
            assert!(!finding.locations.is_empty(), "case {}: {finding}", case.name);
        }
    }
}

#[test]
fn subgraphs_have_names_of_their_own() {
    let named = |name: &str| SubgraphSdl {
        name: name.to_owned(),
        url: String::new(),
        sdl: "type Query { a: Int }".to_owned(),
    };
    let errors = compose(&[named("a"), named("b"), named("a")]).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [Code::InvalidSubgraphName]);
    assert_eq!(errors[0].message, "two subgraphs are named `a`");
}
