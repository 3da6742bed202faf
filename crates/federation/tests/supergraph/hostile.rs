//! Supergraphs that no producer writes are refused, or read as far as they go, without a panic.

use federation::graph::{Graph, GraphError};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::graphs::{files, folders, root};

/// Damaged forms of each document.
const FORMS: u64 = 40;

/// Nesting for which no stack is large enough.
const DEPTH: usize = 10_000;

/// Swaps, repeats and removes a few words.
fn damaged(text: &str, random: &mut Pcg64) -> String {
    let mut words: Vec<&str> = text.split_inclusive([' ', '\n', '(', ')', '"']).collect();
    for _ in 0..random.random_range(1..5) {
        if words.is_empty() {
            break;
        }
        let (from, to) = (random.random_range(0..words.len()), random.random_range(0..words.len()));
        match random.random_range(0..3) {
            0 => words.swap(from, to),
            1 => words[from] = words[to],
            _ => _ = words.remove(from),
        }
    }
    words.concat()
}

#[test]
fn damaged_supergraphs_of_every_version_are_read_or_refused() {
    let (mut read, mut refused) = (0, 0);
    for (number, folder) in folders(&root("supergraph")).iter().enumerate() {
        let document = &files(folder)["supergraph.graphql"];
        for form in 0..FORMS {
            let mut random = Pcg64::seed_from_u64(number as u64 * 1000 + form);
            let text = damaged(document, &mut random);
            match std::panic::catch_unwind(|| Graph::from_sdl(&text).map(|_| ())) {
                Ok(Ok(())) => read += 1,
                Ok(Err(errors)) => {
                    assert!(!errors.is_empty());
                    refused += 1;
                }
                Err(_) => panic!("{}, form {form} panics:\n{text}", folder.display()),
            }
        }
    }
    assert!(read > 20 && refused > 20, "{read} read, {refused} refused");
}

#[test]
fn deep_field_sets_and_types_are_refused() {
    let supergraph = |ty: &str, key: &str| {
        format!(
            "schema @link(url: \"https://specs.apollo.dev/link/v1.0\") \
             @link(url: \"https://specs.apollo.dev/join/v0.3\", for: EXECUTION) {{ query: Query }}
             enum join__Graph {{ A @join__graph(name: \"a\", url: \"\") }}
             type Query @join__type(graph: A, key: \"{key}\") {{ a: {ty} q: Query }}"
        )
    };
    assert!(Graph::from_sdl(&supergraph("Int", "a")).is_ok());
    let deep_set = format!("{}a{}", "q { ".repeat(DEPTH), " }".repeat(DEPTH));
    let errors = Graph::from_sdl(&supergraph("Int", &deep_set)).unwrap_err();
    assert!(matches!(errors.as_slice(), [GraphError::Malformed { .. }]), "{errors:?}");
    let deep_type = format!("{}Int{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let errors = Graph::from_sdl(&supergraph(&deep_type, "a")).unwrap_err();
    assert!(matches!(errors.as_slice(), [GraphError::Invalid(_), ..]), "{errors:?}");
}
