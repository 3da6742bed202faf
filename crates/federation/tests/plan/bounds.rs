//! Planning ends quickly whatever is asked, and in the same way every time.

use std::fmt::Write as _;

use federation::plan::print;

use super::Supergraph;

/// Subgraphs that all have every field and edge but one each.
fn many_homes(count: usize) -> Supergraph {
    let mut text = String::new();
    for missing in 0..count {
        writeln!(text, "# subgraph: s{missing}\ntype Query {{ node: Node @shareable }}").unwrap();
        write!(text, "type Node @key(fields: \"id\") {{ id: ID! @shareable").unwrap();
        for field in (0..count).filter(|field| *field != missing) {
            write!(text, " leaf{field}: Int @shareable edge{field}: Node @shareable").unwrap();
        }
        writeln!(text, " }}").unwrap();
    }
    Supergraph::parse(&text)
}

#[test]
fn a_choice_of_seven_subgraphs_everywhere_takes_few_requests() {
    let supergraph = many_homes(7);
    let leaves: String = (0..7).map(|field| format!("leaf{field} ")).collect();
    let mut query = leaves.clone();
    for edge in 0..4 {
        query = format!("{leaves} edge{edge} {{ {query} }} edge{} {{ {query} }}", edge + 2);
    }
    let plan = supergraph.plan(&format!("{{ node {{ {query} }} }}")).unwrap();
    assert!(plan.fetches.len() <= 14, "{}", print(&supergraph.graph, &plan));
}

#[test]
fn the_deepest_operation_that_is_admitted_is_planned() {
    let supergraph = many_homes(3);
    let depth = federation::operation::Limits::MAX_DEPTH - 4;
    let query = format!("{{ node {}leaf0 leaf1 leaf2{} }}", "{ edge0 ".repeat(depth), "}".repeat(depth));
    let query = query.replacen("leaf0", "{ leaf0", 1).replacen("leaf2", "leaf2 }", 1);
    match supergraph.plan(&query) {
        Ok(plan) => assert!(!plan.fetches.is_empty()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn plans_do_not_depend_on_the_run() {
    let supergraph = many_homes(4);
    let query = "{ node { leaf0 leaf1 edge2 { leaf2 leaf3 edge3 { leaf0 } } edge0 { leaf0 } } }";
    let first = print(&supergraph.graph, &supergraph.plan(query).unwrap());
    for _ in 0..20 {
        assert_eq!(print(&supergraph.graph, &supergraph.plan(query).unwrap()), first);
    }
}

/// Every implementation has to be asked on its own, and again below: the plan doubles with each level.
#[test]
fn a_plan_that_grows_with_every_level_is_refused() {
    let supergraph = Supergraph::parse(
        "# subgraph: a\ntype Query { node: Node }\ninterface Node { id: ID! }\n\
         type A implements Node @key(fields: \"id\") { id: ID! }\ntype B implements Node @key(fields: \"id\") { id: ID! }\n\
         # subgraph: b\ninterface Node { id: ID! next: Node }\n\
         type A implements Node @key(fields: \"id\") { id: ID! next: Node }\n\
         type B implements Node @key(fields: \"id\") { id: ID! next: Node @external }\n\
         # subgraph: c\ninterface Node { id: ID! next: Node }\n\
         type A implements Node @key(fields: \"id\") { id: ID! next: Node @external }\n\
         type B implements Node @key(fields: \"id\") { id: ID! next: Node }\n",
    );
    let query =
        |depth: usize| format!("{{ node {{ {}id{} }} }}", "next { ".repeat(depth), " }".repeat(depth));
    supergraph.plan(&query(3)).unwrap();
    let error = supergraph.plan(&query(40)).unwrap_err();
    assert!(error.contains("too large"), "{error}");
}
