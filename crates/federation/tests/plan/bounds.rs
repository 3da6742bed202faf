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

#[test]
fn more_subgraphs_than_a_machine_word_has_bits() {
    let mut text = String::from(
        "# subgraph: s0\ntype Query { node: Node }\ntype Node @key(fields: \"id\") { id: ID! next: Node }\n",
    );
    for number in 1..=100 {
        writeln!(
            text,
            "# subgraph: s{number}\ntype Node @key(fields: \"id\") {{ id: ID! leaf{number}: Int }}"
        )
        .unwrap();
    }
    let supergraph = Supergraph::parse(&text);
    let leaves: String = (1..=100).map(|number| format!("leaf{number} ")).collect();
    let plan = supergraph.plan(&format!("{{ node {{ {leaves} next {{ {leaves} }} }} }}")).unwrap();
    assert_eq!(plan.fetches.len(), 101, "{}", print(&supergraph.graph, &plan));
}

/// A union of very many members that all need another subgraph, half of them behind an interface.
#[test]
fn a_wide_union_takes_one_request_for_each_subgraph() {
    let (mut first, mut second) = (
        String::from(
            "# subgraph: a\ntype Query { all: [Any!]! some: [Named!]! }\ninterface Named { id: ID! }\n",
        ),
        String::from("# subgraph: b\n"),
    );
    let members: Vec<String> = (0..300).map(|number| format!("M{number}")).collect();
    writeln!(first, "union Any = {}", members.join(" | ")).unwrap();
    for (number, member) in members.iter().enumerate() {
        let named = if number % 2 == 0 { " implements Named" } else { "" };
        writeln!(first, "type {member}{named} @key(fields: \"id\") {{ id: ID! }}").unwrap();
        writeln!(second, "type {member} @key(fields: \"id\") {{ id: ID! extra: Int more{number}: Int }}")
            .unwrap();
    }
    let supergraph = Supergraph::parse(&format!("{first}{second}"));
    let fragments: String = members
        .iter()
        .enumerate()
        .map(|(number, member)| format!("... on {member} {{ extra more{number} }} "))
        .collect();
    let named: String =
        members.iter().step_by(2).map(|member| format!("... on {member} {{ extra }} ")).collect();
    let plan =
        supergraph.plan(&format!("{{ all {{ __typename {fragments} }} some {{ id {named} }} }}")).unwrap();
    assert_eq!(plan.fetches.len(), 3, "{}", print(&supergraph.graph, &plan));
}

/// Each subgraph knows the key of the one before and of the next.
#[test]
fn a_long_chain_of_keys_is_followed_to_its_end() {
    let length = 60;
    let mut text = String::from(
        "# subgraph: s00\ntype Query { node: Node }\ntype Node @key(fields: \"k0\") { k0: ID! }\n",
    );
    for number in 1..=length {
        let before = number - 1;
        writeln!(
            text,
            "# subgraph: s{number:02}\ntype Node @key(fields: \"k{before}\") @key(fields: \"k{number}\") {{ k{before}: ID! k{number}: ID! leaf{number}: Int }}",
        )
        .unwrap();
    }
    let supergraph = Supergraph::parse(&text);
    let plan = supergraph.plan(&format!("{{ node {{ leaf{length} }} }}")).unwrap();
    assert_eq!(plan.fetches.len(), length + 1, "{}", print(&supergraph.graph, &plan));
}

/// Composition refuses this; a supergraph from elsewhere may say it all the same.
#[test]
fn requirements_that_go_round_in_a_circle_are_refused() {
    let supergraph = Supergraph::parse_changed(
        "# subgraph: a\ntype Query { node: Node }\n\
         type Node @key(fields: \"id\") { id: ID! y: Int @external x: Int @requires(fields: \"y\") }\n\
         # subgraph: b\ntype Node @key(fields: \"id\") { id: ID! z: Int @external y: Int @requires(fields: \"z\") }\n\
         # subgraph: c\ntype Node @key(fields: \"id\") { id: ID! z: Int x: Int @external w: Int @requires(fields: \"x\") }\n",
        |sdl| {
            let changed = sdl.replace("requires: \"z\"", "requires: \"x\"");
            assert_ne!(changed, sdl);
            changed
        },
    );
    for field in ["x", "y", "w"] {
        let error = supergraph.plan(&format!("{{ node {{ {field} }} }}")).unwrap_err();
        assert!(error.contains("cannot be reached"), "{error}");
    }
    supergraph.plan("{ node { z } }").unwrap();
}

/// To ask for a thing again takes its shelf, to ask for that its things, and so on.
#[test]
fn keys_that_lead_from_object_to_object_without_end() {
    let supergraph = Supergraph::parse(
        "# subgraph: books\ntype Query { shelf: Shelf }\n\
         type Shelf @key(fields: \"things { id }\") { id: ID! @shareable things: [Thing!]! }\n\
         type Thing @key(fields: \"shelf { id } code\") { id: ID! code: Int! shelf: Shelf! title: String }\n\
         # subgraph: rooms\ntype Shelf @key(fields: \"id\") { id: ID! @shareable }\n",
    );
    let query = "{ shelf { things { ... @defer { shelf { __typename } } ... @defer { title } } } }";
    let plan = supergraph.plan(query).unwrap();
    assert!(plan.fetches.len() <= 3, "{}", print(&supergraph.graph, &plan));
}

/// Every field has two subgraphs and needs the one before, and the first cannot be had: ways double with each.
#[test]
fn very_many_ways_that_all_fail_end_in_an_error() {
    let length = 60;
    let mut text = String::from(
        "# subgraph: c\ntype Query { node: Node }\ntype Node @key(fields: \"id\") { id: ID! f0: Int }\n",
    );
    for (subgraph, odd) in [("a1", true), ("a2", true), ("b1", false), ("b2", false)] {
        write!(text, "# subgraph: {subgraph}\ntype Node @key(fields: \"id\") {{ id: ID!").unwrap();
        for number in (1..=length).filter(|number| (number % 2 == 1) == odd) {
            let before = number - 1;
            write!(
                text,
                " f{before}: Int @external f{number}: Int @shareable @requires(fields: \"f{before}\")"
            )
            .unwrap();
        }
        writeln!(text, " }}").unwrap();
    }
    let query = format!("{{ node {{ f{length} }} }}");
    Supergraph::parse(&text).plan(&query).unwrap();
    let broken = Supergraph::parse_changed(&text, |sdl| {
        let changed = sdl.replace("@join__field(graph: C)", "@join__field(graph: C, external: true)");
        assert_ne!(changed, sdl);
        changed
    });
    let error = broken.plan(&query).unwrap_err();
    assert!(error.contains("within bounds"), "{error}");
}

#[test]
fn more_subgraphs_than_sets_can_hold_are_refused() {
    let text: String =
        (0..257).map(|number| format!("# subgraph: s{number}\ntype Query {{ f{number}: Int }}\n")).collect();
    let parsed = std::panic::catch_unwind(|| Supergraph::parse(&text));
    let message = parsed.err().and_then(|panic| panic.downcast_ref::<String>().cloned()).expect("a refusal");
    assert!(message.contains("257"), "{message}");
}
