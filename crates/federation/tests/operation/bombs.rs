//! Documents and variables made to hurt: each is refused by the limit meant for it, or answered, without a long
//! wait and without a deep stack.

use std::fmt::Write;

use federation::graph::Graph;
use federation::operation::{
    Document, ErrorCode, Limits, Mask, NormalOperation, OperationError, coerce, normalize,
};

use super::supergraph;

const SCHEMA: &str = "
    directive @mark(n: [JSON]) repeatable on FIELD | QUERY
    scalar JSON
    type Query { a: Query b(x: JSON, list: [JSON], in: In): Int any: Any }
    input In { in: In ins: [In!] raw: JSON }
    interface Any { any: Any n: Int }
    type T0 implements Any { any: Any n: Int t0: Int }
    type T1 implements Any { any: Any n: Int t1: Int }
    type T2 implements Any { any: Any n: Int t2: Int }
    type T3 implements Any { any: Any n: Int t3: Int }
";

/// Limits that refuse nothing but what would overflow a stack.
fn boundless() -> Limits {
    Limits {
        document_bytes: usize::MAX,
        tokens: usize::MAX,
        definitions: usize::MAX,
        nesting: usize::MAX,
        depth: usize::MAX,
        selections: usize::MAX,
        aliases: usize::MAX,
        root_fields: usize::MAX,
        directives: usize::MAX,
        normal_selections: usize::MAX,
        variables_bytes: usize::MAX,
        variables_depth: usize::MAX,
        cost: u64::MAX,
    }
}

fn run(document: &str, limits: &Limits) -> Result<NormalOperation, Vec<OperationError>> {
    let graph: Graph = supergraph::around(SCHEMA);
    let document = Document::parse(graph.api_schema(), document, limits)?;
    let operation = document.operation(None).map_err(|error| vec![error])?;
    normalize(&graph, &document, operation, &Mask::default(), limits).map_err(|error| vec![error])
}

#[track_caller]
fn refused(document: &str, limits: &Limits, code: ErrorCode, message: &str) {
    let errors = run(document, limits).expect_err("refused");
    let shown: Vec<_> = errors.iter().map(|error| (error.code, error.message.as_str())).collect();
    assert_eq!(shown, [(code, message)]);
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn each_limit_names_itself_and_both_numbers() {
    let limits = Limits {
        document_bytes: 1000,
        tokens: 60,
        definitions: 2,
        nesting: 6,
        depth: 4,
        selections: 9,
        aliases: 2,
        root_fields: 3,
        directives: 2,
        ..Limits::default()
    };
    let long = format!("{{ b }} #{}", "-".repeat(1000));
    refused(&long, &limits, ErrorCode::DocumentBytes, "the document has 1007 bytes, the limit is 1000");
    let tokens = format!("{{ {} }}", "b ".repeat(60));
    let message = "the document has more than 60 lexical tokens, the limit is 60";
    refused(&tokens, &limits, ErrorCode::Tokens, message);
    let message = "the document has 3 operations and fragments, the limit is 2";
    refused("query A{b} query B{b} query C{b}", &limits, ErrorCode::Definitions, message);
    let message = "the operation has 5 levels of fields, the limit is 4";
    refused("{ a { a { ...F } } } fragment F on Query { a { a { b } } }", &limits, ErrorCode::Depth, message);
    let message = "the operation has 8 levels of nesting, the limit is 6";
    refused(
        "{ ... { ... { ... { ...F } } } } fragment F on Query { ... { ... { ... { b } } } }",
        &limits,
        ErrorCode::Nesting,
        message,
    );
    let message =
        "the document has 10 selections and argument values with fragments expanded, the limit is 9";
    refused(
        "{ a { ...F ...F ...F } } fragment F on Query { b(x: 1) }",
        &limits,
        ErrorCode::Selections,
        message,
    );
    let message = "the operation has 4 aliases with fragments expanded, the limit is 2";
    refused(
        "{ ...F ...F } fragment F on Query { x: b y: b }",
        &Limits { root_fields: 4, ..limits.clone() },
        ErrorCode::Aliases,
        message,
    );
    let message = "the operation has 4 root fields, the limit is 3";
    refused("{ b ...F b } fragment F on Query { b ... { b } }", &limits, ErrorCode::RootFields, message);
    let message = "there are 3 directives, the limit is 2";
    refused("{ b @mark @mark @mark }", &limits, ErrorCode::Directives, message);
    run("{ a { a { a { b @mark @mark } } } b x: b }", &limits).expect("at the limits");
}

#[test]
fn fragments_that_double_are_counted_not_expanded() {
    let mut document = "{ ...F0 }".to_owned();
    for level in 0..100 {
        write!(document, " fragment F{level} on Query {{ a {{ ...F{0} ...F{0} }} }}", level + 1).unwrap();
    }
    document.push_str(" fragment F100 on Query { b }");
    let limits = Limits { depth: usize::MAX, nesting: usize::MAX, ..Limits::default() };
    refused(
        &document,
        &limits,
        ErrorCode::Selections,
        "the document has too many selections and argument values with fragments expanded to count, the limit is 25000",
    );
}

/// Response paths that each lead to a different set of fragments defeat caching by set.
#[test]
fn fragments_with_exponentially_many_field_sets_are_refused() {
    let (mut document, layers, width) = ("{ ...F0_0 }".to_owned(), 24, 12);
    for layer in 0..layers {
        for state in 0..width {
            let spread = |target: usize| format!("...F{}_{}", layer + 1, target % width);
            write!(
                document,
                " fragment F{layer}_{state} on Query {{ x: a {{ {} }} y: a {{ {} {} }} }}",
                spread(state),
                spread(state + 1),
                spread(state * 5 + 2),
            )
            .unwrap();
        }
    }
    for state in 0..width {
        write!(document, " fragment F{layers}_{state} on Query {{ b }}").unwrap();
    }
    let errors = run(&document, &Limits::default()).expect_err("refused");
    assert!(errors.iter().any(|error| error.code == ErrorCode::Selections), "{errors:#?}");
}

#[test]
fn splitting_by_type_at_every_level_is_bounded() {
    let level = |inner: &str| {
        let narrow: String = (0..4)
            .map(|n| format!(" ... on T{n} {{ any {{ t: __typename ... on T{n} {{ t{n} }} {inner} }} }}"))
            .collect();
        format!("any {{ n {inner} }}{narrow}")
    };
    let mut inner = "n".to_owned();
    for _ in 0..4 {
        inner = level(&inner);
    }
    let limits =
        Limits { selections: usize::MAX, aliases: usize::MAX, normal_selections: 5_000, ..Limits::default() };
    refused(
        &format!("{{ any {{ {inner} }} }}"),
        &limits,
        ErrorCode::TypeConditions,
        "the operation takes more than 5000 selections when it is split by object type, the limit is 5000; \
         use fewer type conditions",
    );
}

#[test]
fn ten_thousand_fields_are_answered() {
    let same = format!("{{ {} }}", "b ".repeat(10_000));
    let different: String = (0..10_000)
        .fold("{".to_owned(), |mut text, n| {
            write!(text, " f{n}: b(x: {n})").unwrap();
            text + " }"
        })
        .replace(" } f", " f");
    let objects = format!("{{ {} }}", "a { b }".repeat(5_000));
    for (document, expected) in [(same, 1), (different, 10_000), (objects, 1)] {
        let normal = run(&document, &boundless()).expect("valid");
        assert_eq!(normal.root.selections.len(), expected);
    }
}

/// The deepest that is accepted fits a thread with half the usual stack, unoptimised.
#[test]
fn the_deepest_documents_fit_a_small_stack() {
    let fields = nested("{ a ", "{ b }", "}", Limits::MAX_DEPTH - 1);
    let inline = nested("{ ... ", "{ b }", "}", Limits::MAX_NESTING - 2);
    let list = format!("{{ b(x: {}) }}", nested("[", "", "]", Limits::MAX_NESTING - 4));
    let object = format!("{{ b(in: {}) }}", nested("{ in: ", "{}", "}", Limits::MAX_NESTING / 2 - 4));
    let mut chain = "{ ...F0 }".to_owned();
    for n in 0..60 {
        write!(chain, " fragment F{n} on Query {{ ... {{ ... {{ ...F{} }} }} }}", n + 1).unwrap();
    }
    chain.push_str(" fragment F60 on Query { b }");
    let work = move || {
        for document in [&fields, &inline, &list, &object, &chain] {
            if let Err(errors) = run(document, &boundless()) {
                panic!("{errors:#?}\n{document}");
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().expect("accepted");
}

#[test]
fn deeper_documents_are_refused() {
    let mut chain = "{ ...F0 }".to_owned();
    for n in 0..5_000 {
        write!(chain, " fragment F{n} on Query {{ a {{ ...F{} }} }}", n + 1).unwrap();
    }
    chain.push_str(" fragment F5000 on Query { b }");
    let documents = [
        (nested("{ a ", "{ b }", "}", 200), ErrorCode::Depth),
        (nested("{ a ", "{ b }", "}", 20_000), ErrorCode::Nesting),
        (nested("{ ... ", "{ b }", "}", 20_000), ErrorCode::Nesting),
        ("{ a ".repeat(20_000), ErrorCode::Nesting),
        (format!("{{ b(x: {}) }}", nested("[", "", "]", 20_000)), ErrorCode::Nesting),
        (format!("{{ b(x: {}) }}", nested("{ a: ", "1", "}", 20_000)), ErrorCode::Nesting),
        (format!("query ($v: {}) {{ b(x: $v) }}", nested("[", "Int", "]", 20_000)), ErrorCode::Nesting),
        (chain, ErrorCode::Nesting),
    ];
    for (document, code) in documents {
        let errors = run(&document, &boundless()).expect_err("refused");
        let codes: Vec<_> = errors.iter().map(|error| error.code).collect();
        assert!(codes.contains(&code), "{codes:?} for {}", &document[..40]);
    }
}

#[test]
fn cycles_are_found_before_anything_follows_them() {
    let mut document = "{ ...F0 }".to_owned();
    for n in 0..400 {
        write!(
            document,
            " fragment F{n} on Query {{ x: a {{ ...F{0} }} y: a {{ ...F{1} ...F{0} }} }}",
            (n + 1) % 400,
            (n * 7) % 400
        )
        .unwrap();
    }
    let errors = run(&document, &Limits::default()).expect_err("refused");
    assert!(errors[0].message.contains("spreads itself"), "{errors:#?}");
}

#[test]
fn variables_are_bounded() {
    let graph = supergraph::around(SCHEMA);
    let text = "query ($x: JSON, $in: In, $list: [JSON]) { b(x: $x, in: $in, list: $list) }";
    let document = Document::parse(graph.api_schema(), text, &Limits::default()).unwrap();
    let limits = Limits { variables_bytes: 1_000_000, variables_depth: 10, ..Limits::default() };
    let refusal = |variables: &str| {
        let operation = document.operation(None).unwrap();
        let errors =
            coerce(graph.api_schema(), operation, variables.as_bytes(), &limits).expect_err("refused");
        (errors.len(), errors[0].code, errors[0].message.clone())
    };
    let long = format!(r#"{{"x": "{}"}}"#, "x".repeat(1_000_000));
    let message = "the variables have 1000009 bytes, the limit is 1000000";
    assert_eq!(refusal(&long), (1, ErrorCode::VariablesBytes, message.to_owned()));
    let message = "the variables have 100001 levels of lists and objects, the limit is 10";
    for (open, inner, close, levels) in [("[", "", "]", 100_000), (r#"{"in":"#, "null", "}", 100_000)] {
        for variable in ["x", "in"] {
            let deep = format!(r#"{{"{variable}": {}}}"#, nested(open, inner, close, levels));
            assert_eq!(refusal(&deep), (1, ErrorCode::VariablesDepth, message.to_owned()));
        }
    }
    let wrong = format!(r#"{{"in": {{"ins": [{}]}}}}"#, vec!["1"; 1000].join(","));
    assert_eq!(refusal(&wrong).0, 20, "errors are capped");
}
