//! Random documents: the normal form against the specification's algorithm, and properties that always hold.
//!
//! `OPERATION_SEED` and `OPERATION_CASES` choose other documents than the usual ones.

mod document;
mod oracle;
mod reprint;
mod variables;

use apollo_compiler::ExecutableDocument;
use federation::graph::Graph;
use federation::operation::normal::SelectionSet;
use federation::operation::{
    CoercedVariables, Document, Limits, NormalOperation, OperationError, Signature, coerce, normalize, print,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::supergraph;

const SCHEMA: &str = "
    type Query { a(x: Int): A any: Any other: Other union: Union b: [B!]! n: Int query: Query }
    interface Any { id: ID any: Any self: Any n(x: Int): Int list: [Any!] }
    interface Other { id: ID other: Other self: Other m(x: Int): Int }
    type A implements Any & Other {
      id: ID any: A other: B self: A n(x: Int): Int m(x: Int): Int list: [A!] a: Int union: Union
    }
    type B implements Any & Other {
      id: ID any: Any other: Other self: B n(x: Int): Int m(x: Int): Int list: [Any!] b: Int
    }
    type C implements Any { id: ID any: B self: C n(x: Int): Int list: [B!] c: Int }
    type D implements Other { id: ID other: Other self: D m(x: Int): Int d: Int }
    type E { id: ID e: Int any: Any }
    union Union = A | C | E
";

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What random documents need, and what they look like printed by type.
fn limits() -> Limits {
    let most = usize::MAX;
    Limits {
        document_bytes: most,
        tokens: most,
        nesting: most,
        selections: most,
        aliases: most,
        normal_selections: most,
        ..Limits::default()
    }
}

/// A request: text and variables, and what became of it.
struct Accepted {
    document: Document,
    variables: CoercedVariables,
    normal: NormalOperation,
}

fn accept(graph: &Graph, text: &str, variables: &str) -> Result<Accepted, Vec<OperationError>> {
    let limits = limits();
    let document = Document::parse(graph.api_schema(), text, &limits)?;
    let operation = document.operation(None).map_err(|error| vec![error])?;
    let variables = coerce(graph.api_schema(), operation, variables.as_bytes(), &limits)?;
    let mask = operation.conditions().evaluate(&variables)?;
    let normal = normalize(graph, &document, operation, &mask, &limits).map_err(|error| vec![error])?;
    Ok(Accepted { document, variables, normal })
}

/// Response keys select disjoint types, and types are possible at their position.
fn check_disjoint(graph: &Graph, set: &SelectionSet) -> Result<(), String> {
    for (index, selection) in set.selections.iter().enumerate() {
        let key = &selection.key;
        if selection.types.is_empty() || !selection.types.is_subset(graph.possible(set.parent)) {
            return Err(format!("`{key}` has types that are impossible"));
        }
        let same = set.selections[..index].iter().filter(|other| other.key == *key);
        if same.into_iter().any(|other| other.types.intersects(&selection.types)) {
            return Err(format!("`{key}` is selected twice for one type"));
        }
        if let Some(below) = &selection.selection_set {
            check_disjoint(graph, below)?;
        }
    }
    Ok(())
}

#[test]
fn the_normal_form_agrees_with_the_specification() {
    let graph = supergraph::around(SCHEMA);
    let seed = setting("OPERATION_SEED", 1);
    let mut valid = 0;
    let cases = setting("OPERATION_CASES", 250);
    for case in 0..cases {
        let mut random = Pcg64Mcg::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(case));
        let (text, variables) = document::generate(&mut random, graph.api_schema());
        let fail = |what: &str, normal: &dyn std::fmt::Display| -> ! {
            panic!("seed {seed}, case {case}: {what}\n{text}\n{variables}\n{normal}")
        };
        let accepted = match accept(&graph, &text, &variables) {
            Ok(accepted) => accepted,
            Err(errors) => {
                let theirs =
                    ExecutableDocument::parse_and_validate(graph.api_schema(), &*text, "oracle.graphql");
                if theirs.is_ok() {
                    fail(&format!("{errors:#?}"), &"");
                }
                continue;
            }
        };
        valid += 1;
        let printed = print(&graph, &accepted.normal);
        if let Err(problem) = check_disjoint(&graph, &accepted.normal.root) {
            fail(&problem, &printed);
        }
        if let Err(problem) = oracle::check(&graph, &text, &accepted.variables, &accepted.normal) {
            fail(&problem, &printed);
        }
        let again = reprint::as_graphql(&graph, &accepted.normal);
        match accept(&graph, &again, "") {
            Ok(second)
                if reprint::same(&graph, &second.normal.root, &accepted.normal.root)
                    && reprint::size(&second.normal.root) <= reprint::size(&accepted.normal.root) => {}
            Ok(second) => {
                let second = print(&graph, &second.normal);
                fail("printed and read again, it is another", &format!("{printed}\n{again}\n{second}"));
            }
            Err(errors) => fail(&format!("{errors:#?}"), &again),
        }
        let operation = accepted.document.operation(None).expect("found before");
        let signature = Signature::of(&accepted.document, operation);
        if let Err(errors) = Document::parse(graph.api_schema(), &signature.text, &limits()) {
            fail(&format!("{errors:#?}"), &signature.text);
        }
    }
    assert!(valid * 2 > cases, "seed {seed}: only {valid} of {cases} documents were valid");
}

#[test]
fn no_bytes_make_parsing_panic() {
    let graph = supergraph::around(SCHEMA);
    let seed = setting("OPERATION_SEED", 1);
    let pieces = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        "on",
        "@",
        "$",
        ":",
        "!",
        "=",
        "|",
        "&",
        "\"",
        "\"\"\"",
        "\\u{",
        "#",
        "\u{feff}",
        "\u{1F600}",
        "-",
        "0",
        "1e",
        "query",
        "fragment",
        "subscription",
        "mutation",
        "any",
        "A",
        "@skip(if:",
        "true",
        "null",
        "\0",
        "\r\n",
        ",",
    ];
    for case in 0..setting("OPERATION_CASES", 250) {
        let mut random = Pcg64Mcg::seed_from_u64(seed.wrapping_mul(7_000_003).wrapping_add(case));
        let (mut text, mut variables) = document::generate(&mut random, graph.api_schema());
        for target in [&mut text, &mut variables] {
            for _ in 0..random.random_range(1..6) {
                let places: Vec<usize> =
                    target.char_indices().map(|(at, _)| at).chain([target.len()]).collect();
                let at = places[random.random_range(0..places.len())];
                let end = places[random.random_range(0..places.len())].max(at).min(at + 8);
                let end =
                    (end..=target.len()).find(|end| target.is_char_boundary(*end)).expect("the end is one");
                target.replace_range(at..end, pieces[random.random_range(0..pieces.len())]);
            }
        }
        for (text, variables) in [(&*text, &*variables), (&*text, "{}")] {
            if let Err(errors) = accept(&graph, text, variables) {
                let internal = errors.iter().any(|error| error.code.as_str().starts_with("INTERNAL"));
                assert!(!internal && !errors.is_empty(), "seed {seed}, case {case}: {errors:#?}\n{text}");
            }
        }
    }
}
