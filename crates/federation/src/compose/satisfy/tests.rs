//! The walk against the planner, over random subgraphs: what fails here cannot be planned, what cannot be planned
//! fails here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::contexts::Setters;
use super::walk::{Failure, Outcome, Walk};
use super::witness::witness;
use crate::compose::findings::Findings;
use crate::compose::{SubgraphSdl, merge};
use crate::graph::OperationKind;
use crate::graph::{FieldId, Graph, ObjectId, SubgraphSet, TypeId};
use crate::operation::{Document, Limits, coerce, normalize};
use crate::plan::{PlanOptions, plan};

const SUBGRAPHS: usize = 4;
const TYPES: usize = 3;
const PARTS: usize = 3;
const SEEDS: u64 = 80;
const MAX_DEPTH: usize = 3;

const HEAD: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\", \
                    import: [\"@key\", \"@shareable\", \"@requires\", \"@provides\", \"@external\"])\n";

/// Subgraphs with entities under various keys, values shared in parts, requirements, provided fields, and interfaces
/// and a union of which each knows some of the types.
fn random_subgraphs(random: &mut Pcg64) -> Vec<SubgraphSdl> {
    let has_parts = random.random_range(0..2) == 0;
    let present: Vec<Vec<bool>> =
        (0..SUBGRAPHS).map(|_| (0..TYPES).map(|_| random.random_range(0..10) < 7).collect()).collect();
    (0..SUBGRAPHS)
        .map(|own| {
            let types: Vec<usize> = (0..TYPES).filter(|ty| present[own][*ty]).collect();
            let mut sdl = String::from(HEAD);
            writeln!(sdl, "type V @shareable {{ a{own}: Int }}").unwrap();
            let mut query = String::from("own: Int @shareable");
            let abstracts = random.random_range(0..2) == 0;
            if abstracts {
                sdl.push_str("interface Node { id: ID }\n");
                query.push_str(" node: Node @shareable");
            }
            let parts = has_parts && random.random_range(0..4) > 0;
            if parts {
                random_parts(random, own, &mut sdl);
            }
            if parts && random.random_range(0..2) == 0 {
                query.push_str(" part: Part @shareable piece: Piece @shareable");
            }
            let mut owner = false;
            for ty in &types {
                let others: Vec<usize> = (0..SUBGRAPHS).filter(|o| *o != own && present[*o][*ty]).collect();
                let ty_sdl = random_type(random, own, *ty, &types, &others);
                let mut interfaces = Vec::new();
                interfaces.extend(Some("Node").filter(|_| abstracts && ty_sdl.contains(" id: ID ")));
                let mut ty_sdl = ty_sdl;
                if parts && random.random_range(0..2) == 0 {
                    ty_sdl = ty_sdl.replacen(" { ", " { part: Part @shareable ", 1);
                    interfaces.push("Owner");
                    owner |= *ty == 0;
                }
                if !interfaces.is_empty() {
                    let name = format!("type T{ty}");
                    let implements = format!("{name} implements {}", interfaces.join(" & "));
                    ty_sdl = ty_sdl.replacen(&name, &implements, 1);
                }
                sdl.push_str(&ty_sdl);
                if random.random_range(0..3) == 0 {
                    write!(query, " q{own}_{ty}: T{ty}").unwrap();
                }
            }
            if parts {
                sdl.push_str("interface Owner { part: Part }\n");
            }
            if owner {
                query.push_str(" owner: Owner @shareable");
            }
            writeln!(sdl, "type Query {{ {query} }}").unwrap();
            SubgraphSdl { name: format!("s{own}"), url: String::new(), sdl }
        })
        .collect()
}

/// Values without keys behind an interface and in a union. The first of them is known to all.
fn random_parts(random: &mut Pcg64, own: usize, sdl: &mut String) {
    let parts: Vec<usize> = (0..PARTS).filter(|part| *part == 0 || random.random_range(0..2) > 0).collect();
    for part in &parts {
        write!(sdl, "type P{part} implements Part @shareable {{ p: Int ").unwrap();
        if random.random_range(0..8) == 0 {
            write!(sdl, "a{own}: Int ").unwrap();
        }
        sdl.push_str("}\n");
    }
    let names: Vec<String> = parts.iter().map(|part| format!("P{part}")).collect();
    writeln!(sdl, "interface Part {{ p: Int }} union Piece = {}", names.join(" | ")).unwrap();
}

fn random_type(random: &mut Pcg64, own: usize, ty: usize, types: &[usize], others: &[usize]) -> String {
    let mut head = format!("type T{ty}");
    let mut body = format!("f{own}: Int @shareable ");
    for key in ["id", "code"] {
        let role = random.random_range(0..16);
        if role < 15 {
            write!(body, "{key}: ID @shareable ").unwrap();
        }
        match role {
            0..13 => write!(head, " @key(fields: \"{key}\")").unwrap(),
            13 => write!(head, " @key(fields: \"{key}\", resolvable: false)").unwrap(),
            _ => {}
        }
    }
    if random.random_range(0..3) == 0 {
        body.push_str("v: V @shareable ");
    }
    let target = types[random.random_range(0..types.len())];
    if random.random_range(0..2) == 0 {
        write!(body, "r{own}: T{target} ").unwrap();
    }
    if let Some(other) = others.first().filter(|_| random.random_range(0..2) == 0) {
        write!(body, "f{other}: Int @external g{own}: Int @requires(fields: \"f{other}\") ").unwrap();
        if random.random_range(0..2) == 0 {
            write!(body, "p{own}: T{ty} @provides(fields: \"f{other}\") ").unwrap();
        }
    }
    format!("{head} {{ {body}}}\n")
}

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
