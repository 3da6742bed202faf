//! Input from outside never makes composition panic, whatever it holds.

use federation::compose::{Code, SubgraphSdl, compose};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::cases;

/// Nesting for which no stack is large enough.
const DEPTH: usize = 10_000;

fn subgraph(sdl: impl Into<String>) -> SubgraphSdl {
    SubgraphSdl { name: "a".to_owned(), url: String::new(), sdl: sdl.into() }
}

#[test]
fn mutilated_schemas_give_errors() {
    for (number, case) in cases().into_iter().enumerate() {
        for seed in 0..4 {
            let mut random = Pcg64::seed_from_u64(number as u64 * 1000 + seed);
            let mut subgraphs = case.subgraphs.clone();
            let victim = random.random_range(0..subgraphs.len());
            let sdl = &mut subgraphs[victim].sdl;
            let mut tokens: Vec<String> = sdl.split_inclusive([' ', '\n']).map(str::to_owned).collect();
            for _ in 0..random.random_range(1..4) {
                let (from, to) = (random.random_range(0..tokens.len()), random.random_range(0..tokens.len()));
                match random.random_range(0..3) {
                    0 => tokens.swap(from, to),
                    1 => tokens[from] = tokens[to].clone(),
                    _ => drop(tokens.remove(from)),
                }
                if tokens.is_empty() {
                    break;
                }
            }
            *sdl = tokens.concat();
            let shown = subgraphs.clone();
            let outcome = std::panic::catch_unwind(|| compose(&subgraphs).is_ok());
            assert!(outcome.is_ok(), "case {} with seed {seed} panics:\n{shown:#?}", case.name);
        }
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let deep_field_set = format!("{}id{}", "a { ".repeat(DEPTH), " }".repeat(DEPTH));
    let sdl = format!("type Query {{ t: T }} type T @key(fields: \"{deep_field_set}\") {{ id: ID! a: T }}");
    let errors = compose(&[subgraph(sdl)]).unwrap_err();
    assert_eq!(errors[0].code, Code::KeyInvalidFields);

    let deep_type = format!("type Query {{ a: {}Int{} }}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    assert_eq!(compose(&[subgraph(deep_type)]).unwrap_err()[0].code, Code::InvalidGraphql);

    let deep_value =
        format!("type Query {{ a(x: X = {}1{}): Int }} scalar X", "[".repeat(DEPTH), "]".repeat(DEPTH));
    assert_eq!(compose(&[subgraph(deep_value)]).unwrap_err()[0].code, Code::InvalidGraphql);
}

#[test]
fn an_empty_graph_is_an_error() {
    assert_eq!(compose(&[]).unwrap_err()[0].code, Code::NoQueries);
    assert_eq!(compose(&[subgraph("")]).unwrap_err()[0].code, Code::InvalidGraphql);
}

#[test]
fn a_byte_order_mark_is_ignored() {
    assert!(compose(&[subgraph("\u{feff}type Query { a: Int }")]).is_ok());
}

#[test]
fn an_operation_is_not_a_schema() {
    assert_eq!(compose(&[subgraph("{ a }")]).unwrap_err()[0].code, Code::InvalidGraphql);
}

#[test]
fn a_key_that_leads_in_circles_is_an_error() {
    let sdl = "type Query { t: T } type T @key(fields: \"t\") { t: T! }";
    assert_eq!(compose(&[subgraph(sdl)]).unwrap_err()[0].code, Code::KeyInvalidFields);
}
