//! The walk against the planner, over random subgraphs: what fails here cannot be planned, what cannot be planned
//! fails here.

mod random;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use self::random::random_subgraphs;
use super::contexts::Setters;
use super::walk::{Failure, Outcome, Walk};
use super::witness::witness;
use crate::compose::findings::Findings;
use crate::compose::merge;
use crate::graph::OperationKind;
use crate::graph::{FieldId, Graph, ObjectId, SubgraphSet, TypeId};
use crate::operation::{Document, Limits, coerce, normalize};
use crate::plan::{PlanOptions, plan};

const SEEDS: u64 = 80;
const MAX_DEPTH: usize = 3;

fn can_be_planned(graph: &Graph, text: &str) -> bool {
    let limits = Limits::default();
    let api = graph.api_schema();
    let document = Document::parse(api, text, &limits).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let operation = document.operation(None).unwrap();
    let variables = coerce(api, operation, b"", &limits).unwrap();
    let mask = operation.conditions().evaluate(&variables).unwrap();
    let operation = normalize(graph, &document, operation, &mask, &limits).unwrap();
    plan(graph, &operation, &PlanOptions::default()).is_ok()
}

/// Every way of at most [`MAX_DEPTH`] fields from the query root, ending in any field; those to the same object
/// together.
fn ways(graph: &Graph) -> Vec<Vec<Failure>> {
    let root = graph.object_id("Query").unwrap();
    let mut found = Vec::new();
    let mut open: Vec<(ObjectId, Vec<(ObjectId, FieldId)>)> = vec![(root, Vec::new())];
    while let Some((object, path)) = open.pop() {
        let way = |field: &FieldId| Failure {
            object,
            field: Some(*field),
            of_interface: None,
            holders: SubgraphSet::EMPTY,
            is_typed: true,
            root: OperationKind::Query,
            contexts: [].into(),
            path: path.clone(),
        };
        let fields = &graph.ty(graph.object_type(object)).fields;
        found.push(fields.values().map(way).collect());
        for field in fields.values().filter(|_| path.len() < MAX_DEPTH) {
            let longer: Vec<_> = path.iter().copied().chain([(object, *field)]).collect();
            let values = graph.possible(graph.field(*field).ty).iter();
            open.extend(values.map(|value| (value, longer.clone())));
        }
    }
    found
}

/// One query for all the ways: what they have in common is merged.
fn joined(graph: &Graph, ways: &[Failure]) -> String {
    let queries: Vec<String> = ways.iter().map(|way| witness(graph, way)).collect();
    let inside = |query: &String| query.strip_prefix('{').unwrap().strip_suffix('}').unwrap().to_owned();
    format!("{{{}}}", queries.iter().map(inside).collect::<String>())
}

/// What of an object fails; `None` is the name of its type.
type Failing = BTreeSet<(ObjectId, Option<FieldId>)>;

/// All fields of a type, of the interface itself and of each of the types it may be, so many levels deep, but those
/// that fail somewhere.
fn everything(graph: &Graph, failing: &Failing, ty: TypeId, depth: usize) -> String {
    let row = graph.ty(ty);
    let fails = |field: Option<FieldId>| {
        row.possible.iter().any(|object| {
            let own = field.map(|field| graph.concrete_field(object, field).unwrap_or(field));
            failing.contains(&(object, own)) || failing.contains(&(object, field))
        })
    };
    let mut text = String::new();
    if !fails(None) {
        text.push_str("__typename ");
    }
    for id in row.fields.values().filter(|field| !fails(Some(**field))) {
        let field = graph.field(*id);
        if graph.leaf_type(field.ty).is_some() {
            write!(text, "{} ", field.name).unwrap();
        } else if depth > 0 {
            write!(text, "{}{{{}}} ", field.name, everything(graph, failing, field.ty, depth - 1)).unwrap();
        }
    }
    if row.is_abstract() {
        for object in row.possible.iter().map(|object| graph.object_type(object)) {
            write!(
                text,
                "... on {}{{{}}} ",
                graph.ty(object).name,
                everything(graph, failing, object, depth)
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn the_walk_and_the_planner_agree() {
    let (mut satisfiable, mut unsatisfiable) = (0, 0);
    for seed in 0..SEEDS {
        let subgraphs = random_subgraphs(&mut Pcg64::seed_from_u64(seed));
        let shown = || subgraphs.iter().map(|s| format!("# {}\n{}", s.name, s.sdl)).collect::<String>();
        let mut findings = Findings::default();
        let merged = merge(&subgraphs, &mut findings).filter(|_| findings.errors() == 0);
        let Some(merged) = merged else { continue };
        let graph = Graph::from_sdl(&merged.sdl).unwrap();
        let setters = Setters::read(&graph);
        let Outcome::Finished(failures) = Walk::new(&graph, &setters, &[], 100_000).run() else {
            panic!("seed {seed}: too many states\n{}", shown());
        };
        for failure in &failures {
            let query = witness(&graph, failure);
            assert!(!can_be_planned(&graph, &query), "seed {seed}: `{query}` can be planned\n{}", shown());
        }
        let failing: BTreeSet<_> = failures.iter().map(|failure| (failure.object, failure.field)).collect();
        let fails = |way: &Failure| {
            failing.contains(&(way.object, way.field))
                || way.path.iter().any(|(object, field)| failing.contains(&(*object, Some(*field))))
        };
        for mut ways in ways(&graph) {
            ways.retain(|way| !fails(way));
            if !ways.is_empty() {
                let query = joined(&graph, &ways);
                assert!(
                    can_be_planned(&graph, &query),
                    "seed {seed}: `{query}` cannot be planned\n{}",
                    shown()
                );
            }
        }
        let query =
            format!("{{{}}}", everything(&graph, &failing, graph.type_id("Query").unwrap(), MAX_DEPTH));
        assert!(can_be_planned(&graph, &query), "seed {seed}: `{query}` cannot be planned\n{}", shown());
        if failures.is_empty() { satisfiable += 1 } else { unsatisfiable += 1 }
    }
    assert!(satisfiable > 0 && unsatisfiable >= 5, "{satisfiable} satisfiable, {unsatisfiable} not");
}
