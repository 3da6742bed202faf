//! How many instructions the engine takes, counted by callgrind: the same whatever else the machine does.
//!
//! ```sh
//! cargo bench -p federation --profile counts --bench instructions               # compare with `instructions.txt`
//! cargo bench -p federation --profile counts --bench instructions -- --accept   # write what is counted there
//! ```
//!
//! Fails when a count has grown by more than [`TOLERANCE`] percent. It is not zero because hash maps are seeded
//! at random, and because memory is copied with instructions that differ between processors.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by panicking"
)]

mod prepared;
mod schemas;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use federation::compose::{SubgraphSdl, compose};
use federation::execute::{Answer, SubgraphRequest, Transport, TransportError, TransportErrorKind};
use federation::plan::{PlanOptions, plan};
use federation::{Config, Engine, Request};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use prepared::{Asked, ask, large, nested};
use schemas::{grown, many_homes};

/// How much a count may grow, in percent.
const TOLERANCE: u64 = 3;

const SERVICES: [&str; 4] = ["analytics", "compliance", "integrations", "networks"];

/// What is counted: a name, and what makes it ready and then hands it to [`counted`].
const CASES: [(&str, fn()); 8] = [
    ("compose four services", compose_services),
    ("compose 20 subgraphs of 50 types", || drop(counted(|| compose(&grown(20))).expect("they compose"))),
    ("read a supergraph", read_supergraph),
    ("plan where everything has seven homes", plan_many_homes),
    ("prepare a stored operation, cold", || prepare(0)),
    ("prepare a stored operation, warm", || prepare(1)),
    ("answer a nested query, warm", || answer(nested())),
    ("answer 1 MiB of one service, warm", || answer(large(10_000))),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--case", name] => {
            let (_, run) = CASES.iter().find(|(known, _)| *known == name).expect("a known case");
            run();
            ExitCode::SUCCESS
        }
        ["--accept"] => {
            let text: String = CASES.iter().fold(String::new(), |mut text, (name, _)| {
                writeln!(text, "{name}: {}", least(name, 0)).expect("writing to a string");
                text
            });
            std::fs::write(limits(), text).expect("the file of counts can be written");
            ExitCode::SUCCESS
        }
        [] => compare(),
        _ => panic!("expected nothing or `--accept`, not {arguments:?}"),
    }
}

fn limits() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

/// Counts every case and holds it against what was accepted.
fn compare() -> ExitCode {
    let text = std::fs::read_to_string(limits()).expect("the file of counts can be read");
    let accepted: BTreeMap<&str, u64> = text
        .lines()
        .filter_map(|line| line.rsplit_once(": "))
        .map(|(name, count)| (name, count.parse().expect("a count")))
        .collect();
    let mut failed = 0;
    for (name, _) in CASES {
        let old = accepted.get(name).copied().unwrap_or_default();
        let most = old + old * TOLERANCE / 100;
        let new = least(name, most);
        let change = (new as f64 / old as f64 - 1.0) * 100.0;
        let verdict = if new > most { "TOO MANY" } else { "ok" };
        failed += usize::from(verdict != "ok");
        println!("{name}: {new} instructions, accepted {old} ({change:+.1} %): {verdict}");
    }
    if failed > 0 {
        println!(
            "If this is meant: cargo bench -p federation --profile counts --bench instructions -- --accept, \
             and say why in the commit"
        );
    }
    println!("{} passed, {failed} failed", CASES.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The least of three counts, or the first that is not more than `enough`: now and then a hash map has more collisions
/// than usual.
fn least(name: &str, enough: u64) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..3 {
        least = least.min(count(name));
        if least <= enough {
            break;
        }
    }
    least
}

/// Runs a case under callgrind; the instructions below [`counted`].
fn count(name: &str) -> u64 {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*instructions*counted*"])
        .arg("--callgrind-out-file=/dev/null")
        .arg(program)
        .args(["--case", name])
        .output()
        .expect("valgrind runs; `apt-get install valgrind` installs it");
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    collected.filter(|count| *count > 0).unwrap_or_else(|| panic!("nothing was counted for {name}: {said}"))
}

/// What is counted. A function of its own that callgrind finds by its name.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

fn schema(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn compose_services() {
    let subgraph = |name: &str| SubgraphSdl {
        name: name.to_owned(),
        url: String::new(),
        sdl: schema(&format!("{name}.graphql")),
    };
    let subgraphs = SERVICES.map(subgraph);
    counted(|| compose(&subgraphs)).expect("the services compose");
}

fn engine(supergraph: &str) -> Engine {
    Engine::from_supergraph(supergraph, Arc::new(Nobody), Config::default()).expect("an engine")
}

fn read_supergraph() {
    let supergraph = schema("supergraph.graphql");
    counted(|| engine(&supergraph));
}

fn plan_many_homes() {
    let (graph, operation) = many_homes();
    counted(|| plan(&graph, &operation, &PlanOptions::default())).expect("a plan");
}

/// A stored operation's way to its plan, after so many equal requests.
fn prepare(before: usize) {
    let engine = engine(&schema("supergraph.graphql"));
    let request = Request {
        variables: br#"{"slug":"copper-comb"}"#[..].into(),
        ..Request::new(schema("operations/network-dashboard.graphql"))
    };
    for _ in 0..before {
        engine.prepare(&request).expect("a valid request");
    }
    counted(|| engine.prepare(&request)).expect("a valid request");
}

fn answer((engine, query): Asked) {
    assert_eq!(ask(&engine, query).errors, 0);
    assert_eq!(counted(|| ask(&engine, query)).errors, 0);
}

/// No subgraph at all.
struct Nobody;

impl Transport for Nobody {
    fn call<'a>(&'a self, request: SubgraphRequest<'a>) -> BoxFuture<'a, Result<Answer, TransportError>> {
        let message = format!("`{}` is not here", request.subgraph);
        ready(Err(TransportError { kind: TransportErrorKind::Unreachable, message })).boxed()
    }
}
