//! Subgraph names: checked, sorted, and turned into values of `join__Graph`.

use std::collections::BTreeSet;

use super::SubgraphSdl;
use super::code::Code;
use super::diagnostic::{Diagnostic, Location};
use super::findings::Findings;

/// The subgraphs by name, each with its enum value.
pub(super) fn order<'a>(
    inputs: &'a [SubgraphSdl],
    findings: &mut Findings,
) -> Vec<(&'a SubgraphSdl, String)> {
    let mut sorted: Vec<&SubgraphSdl> = inputs.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut taken = BTreeSet::new();
    let mut named = Vec::new();
    for (index, input) in sorted.iter().enumerate() {
        let mut report = |message: String| {
            let location = Location { subgraph: input.name.clone(), line: 0, column: 0 };
            findings.push(Diagnostic::new(Code::InvalidSubgraphName, message).at(location));
        };
        if input.name.is_empty() {
            report("a subgraph has an empty name".to_owned());
        } else if input.name.chars().any(char::is_control) || input.name == "_" {
            report(format!("`{}` cannot name a subgraph", input.name.escape_debug()));
        } else if index > 0 && sorted[index - 1].name == input.name {
            report(format!("two subgraphs are named `{}`", input.name));
        }
        named.push((*input, unique_value(&input.name, &mut taken)));
    }
    named
}

/// Upper case with `_` for everything that no enum value may hold; a number keeps clashing names apart.
fn unique_value(name: &str, taken: &mut BTreeSet<String>) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let mut base: String = name.chars().map(allowed).collect();
    if base.starts_with(|c: char| c.is_ascii_digit()) {
        base.insert(0, '_');
    }
    // Two leading underscores are reserved for introspection.
    if base.starts_with("__") || base.is_empty() {
        base = format!("S{base}");
    }
    let mut value = base.clone();
    let mut number = 1;
    while !taken.insert(value.clone()) {
        number += 1;
        value = format!("{base}_{number}");
    }
    value
}
