//! Random federations: the engine answers, byte for byte, what a single server with everything answers.
//!
//! A seed gives a schema, its split over two to seven subgraphs, data and operations. Subgraphs are GraphQL
//! servers that also judge what they are asked. A case that fails is made as small as it will get and printed
//! with everything one needs to repeat it.
//!
//! `DIFFERENTIAL_SEED` is the first seed, `DIFFERENTIAL_SEEDS` how many there are, for long runs:
//!
//! ```text
//! DIFFERENTIAL_SEEDS=20000 DIFFERENTIAL_FAILURES=5 cargo test -p federation --release differential -- --nocapture
//! ```
//!
//! `DIFFERENTIAL_FAILURES` is how many kinds of failures a run collects before it ends.

mod access;
mod case;
mod context;
mod dice;
mod expected;
mod generate;
mod model;
mod operation;
mod representation;
mod sdl;
mod server;
mod shrink;
mod world;

use std::fmt::Write;

use self::case::{Federation, Verdict};
use self::dice::hash;
use self::generate::{Mood, model, operation};
use self::shrink::{Failure, shrink};

/// How many operations there are on a schema.
const OPERATIONS: u64 = 24;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What became of the operations on one schema.
#[derive(Default)]
struct Tally {
    schemas: u64,
    unsatisfiable: u64,
    operations: u64,
    invalid: u64,
}

/// Runs a schema with its operations.
fn run(seed: u64, mood: Mood, tally: &mut Tally) -> Result<(), Box<Failure>> {
    let model = model(seed, mood);
    let federation = match Federation::new(model.clone(), seed) {
        Ok(federation) => federation,
        Err(finding) if mood == Mood::Perturbed && finding.kind.starts_with("composition fails") => {
            tally.unsatisfiable += 1;
            return Ok(());
        }
        Err(finding) if mood == Mood::Perturbed && finding.kind.starts_with("the whole") => return Ok(()),
        Err(finding) => return Err(Box::new(Failure { model, document: None, finding })),
    };
    tally.schemas += 1;
    for index in 0..OPERATIONS {
        let document = operation(&model, hash((seed, index)), false);
        let mut verdict = federation.check(&document).map_err(|finding| (document, finding));
        if matches!(verdict, Ok(Verdict::Invalid)) {
            // Response keys clash; those of a careful writer do not.
            let document = operation(&model, hash((seed, index)), true);
            verdict = federation.check(&document).map_err(|finding| (document, finding));
        }
        match verdict {
            Ok(Verdict::Equal) => tally.operations += 1,
            Ok(Verdict::Invalid) => tally.invalid += 1,
            // A subgraph answers with an interface of which it knows no type.
            Err((_, finding))
                if mood == Mood::Perturbed && finding.detail.contains("not defined in the schema") =>
            {
                tally.invalid += 1;
            }
            Err((document, finding)) => {
                return Err(Box::new(Failure { model, document: Some(document), finding }));
            }
        }
    }
    Ok(())
}

/// Everything one needs to understand a failure.
fn report(failure: &Failure, seed: u64, test: &str) -> String {
    let mut text = format!("{}, seed {seed}\n", failure.finding.kind);
    for subgraph in sdl::subgraphs(&failure.model) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# subgraph: {}", subgraph.name);
        text.extend(subgraph.sdl.lines().skip(1).flat_map(|line| [line, "\n"]));
    }
    if let Some(document) = &failure.document {
        let (query, variables) = document.print(true);
        let _ = writeln!(text, "query: {query}\nvariables: {variables}");
    }
    let labels = failure.model.labels.join(", ");
    let _ = writeln!(text, "labels set: {labels}\n{}", failure.finding.detail);
    let _ = writeln!(
        text,
        "again: DIFFERENTIAL_SEED={seed} DIFFERENTIAL_SEEDS=1 cargo test -p federation differential::{test}"
    );
    text
}

#[allow(clippy::print_stdout, reason = "long runs are watched")]
fn check(mood: Mood, usual: u64, test: &str) {
    let first = setting("DIFFERENTIAL_SEED", 1);
    let most = setting("DIFFERENTIAL_FAILURES", 1) as usize;
    let mut tally = Tally::default();
    let mut kinds: Vec<(String, u64)> = Vec::new();
    let mut reports = Vec::new();
    for seed in first..first + setting("DIFFERENTIAL_SEEDS", usual) {
        let Err(failure) = run(seed, mood, &mut tally) else { continue };
        println!("seed {seed}: {}", failure.finding.kind);
        match kinds.iter_mut().find(|(kind, _)| *kind == failure.finding.kind) {
            Some((_, count)) => *count += 1,
            None => {
                kinds.push((failure.finding.kind.clone(), 1));
                // What need not compose anyway would shrink into something else.
                let kind = &failure.finding.kind;
                let is_ours = kind.starts_with("the whole") || kind.starts_with("composition fails");
                let least = if is_ours { *failure } else { shrink(*failure, seed) };
                let report = report(&least, seed, test);
                println!("{report}");
                reports.push(report);
            }
        }
        if reports.len() >= most {
            break;
        }
    }
    let Tally { schemas, unsatisfiable, operations, invalid } = tally;
    println!(
        "{schemas} schemas, {unsatisfiable} that do not compose, {operations} operations, {invalid} invalid"
    );
    assert!(reports.is_empty(), "{kinds:?}\n\n{}", reports.join("\n"));
    assert!(operations > invalid, "most operations are valid: {operations} of {}", operations + invalid);
}

#[test]
fn answers_are_those_of_a_single_server() {
    check(Mood::Sound, 60, "answers_are_those_of_a_single_server");
}

#[test]
fn failures_null_the_same_values() {
    check(Mood::Failing, 60, "failures_null_the_same_values");
}

#[test]
fn whatever_composes_is_answered() {
    check(Mood::Perturbed, 60, "whatever_composes_is_answered");
}
