//! Parts of a supergraph: each folder of `cases/contract` holds one, or shares the subgraphs of the folder around it.
//!
//! `NAME.graphql` is the schema of subgraph NAME. `contract.txt` says what is shown, a line each of what is given:
//! `include: TAGS`, `exclude: TAGS`, and `holds: authenticated, scope NAME, policy NAME` for a caller to whom nothing
//! else is shown. Queries are `NAME.query`; the outcomes are as in [`graphs`](crate::graphs).

use std::collections::BTreeSet;
use std::sync::Arc;

use federation::compose::{SubgraphSdl, compose};
use federation::graph::{Access, Contract, Graph};

use crate::graphs::{Files, files, hold, is_outcome, root, seen};

fn subgraphs(files: &Files) -> Vec<SubgraphSdl> {
    let schemas = files.iter().filter(|(name, _)| !is_outcome(name));
    let named = schemas.filter_map(|(name, sdl)| Some((name.strip_suffix(".graphql")?, sdl)));
    named
        .map(|(name, sdl)| SubgraphSdl { name: name.to_owned(), url: String::new(), sdl: sdl.clone() })
        .collect()
}

/// What a line of `contract.txt` lists.
fn listed<'a>(contract: &'a str, key: &str) -> Option<Vec<&'a str>> {
    let mut lines = contract.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| *known == key).map(|(_, names)| names.split(", ").collect())
}

fn tags(contract: &str, key: &str) -> BTreeSet<Arc<str>> {
    listed(contract, key).unwrap_or_default().into_iter().map(Arc::from).collect()
}

fn is_denied(access: &Access, held: &[&str]) -> bool {
    let holds = |kind: &str, name: &str| held.contains(&format!("{kind} {name}").as_str());
    let met = |demands: &Option<federation::graph::Demands>, kind: &str| {
        demands.as_ref().is_none_or(|demands| demands.are_met(|name| holds(kind, name)))
    };
    let known = !access.authenticated || held.contains(&"authenticated");
    !(known && met(&access.scopes, "scope") && met(&access.policies, "policy"))
}

#[test]
fn parts_show_what_contracts_say() {
    let root = root("contract");
    let shared = subgraphs(&files(&root));
    hold(&root, |files| {
        let own = subgraphs(files);
        let subgraphs = if own.is_empty() { &shared } else { &own };
        let graph = Graph::from_sdl(&compose(subgraphs).unwrap().supergraph_sdl).unwrap();
        let said = &files["contract.txt"];
        let contract = Contract { include: tags(said, "include"), exclude: tags(said, "exclude") };
        let held = listed(said, "holds");
        let denied = |access: &Access| held.as_ref().is_some_and(|held| is_denied(access, held));
        seen(graph.contract(&contract, &denied), files, ".query")
    });
}

#[test]
fn what_everybody_sees_is_the_part_without_conditions() {
    let shared = subgraphs(&files(&root("contract")));
    let graph = Graph::from_sdl(&compose(&shared).unwrap().supergraph_sdl).unwrap();
    let part = graph.contract(&Contract::default(), &|_| false).unwrap();
    assert_eq!(part.api_schema().to_string(), graph.api_schema().to_string());
}
